"""The nine sources of funds of the national strategy, in its order, as the first migration ships them."""

_SOCIAL_KM = "ផែនការអនុវត្តបីឆ្នាំដំណាក់កាលទី៥ (IP5-II); សមាសភាគសេវាសង្គម អនាម័យ និងបរិស្ថាន"
_SOCIAL_EN = "IP5-II; social services and sanitation-environment component"

FUND_SOURCES = [
    (
        "ministry_ncdds",
        "ក្រសួង ស្ថាប័ន និងលេខាធិការដ្ឋាន គ.ជ.អ.ប.",
        "Ministries, institutions and the NCDD secretariat",
        "ផែនការសកម្មភាព និងថវិកាប្រចាំឆ្នាំ (ផ.ស.ប.) នៃ IP5-II; ផែនការយុទ្ធសាស្ត្រថវិកា",
        "Annual work plan and budget (AWPB) of IP5-II; Budget Strategic Plan",
    ),
    (
        "province",
        "រដ្ឋបាលរាជធានី ខេត្ត ខណ្ឌ",
        "Capital, provinces and khans",
        "IP5-II; សេវាសង្គម យ៉ាងតិច ១០% នៃថវិកាអភិវឌ្ឍន៍ប្រចាំឆ្នាំ; ថវិកាអភិវឌ្ឍន៍",
        "IP5-II; social services, at least 10% of the annual development budget; development budget",
    ),
    ("line_department", "មន្ទីរ អង្គភាពជំនាញ", "Line departments and units", "ផ.ស.ប. របស់មន្ទីរ", "Their AWPB"),
    (
        "district_fund",
        "មូលនិធិក្រុង ស្រុក",
        "Municipality and district fund",
        f"{_SOCIAL_KM}; ថវិការដ្ឋបាល (ចរន្ត)",
        f"{_SOCIAL_EN}; recurrent budget",
    ),
    ("commune_fund", "មូលនិធិឃុំ សង្កាត់", "Commune/sangkat fund", _SOCIAL_KM, _SOCIAL_EN),
    ("health_centre", "មណ្ឌលសុខភាព", "Health centre", "ផ.ស.ប. របស់មណ្ឌលសុខភាព", "Its AWPB"),
    ("primary_school", "សាលាបឋមសិក្សា", "Primary school", "ផ.ស.ប. របស់សាលា", "Its AWPB"),
    ("development_partner", "ដៃគូអភិវឌ្ឍន៍", "Development partners", "ថវិកាគម្រោង", "Project budgets"),
    ("ngo", "អង្គការមិនមែនរដ្ឋាភិបាល", "Non-governmental organizations", "ថវិកាគម្រោង", "Project budgets"),
]
"""Code, name and budget lines, Khmer and English."""
