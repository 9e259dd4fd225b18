"""What communes agree to do about their weakest indicators, in Khmer and English, with plausible costs."""

from dataclasses import dataclass
from random import Random
from typing import Literal

Resources = Literal["own", "external"]


@dataclass(frozen=True, slots=True)
class Idea:
    """An action people propose when an indicator about one of these words is weak. Cost in thousand riel."""

    about: tuple[str, ...]
    km: str
    en: str
    quantity: int
    unit: str
    cost: int
    resources: Resources = "external"


COMMUNE: tuple[Idea, ...] = (
    Idea(("hour", "time", "open", "present", "wait"),
         "បិទផ្សាយម៉ោងធ្វើការ និងចាត់មន្ត្រីប្រចាំការរៀងរាល់ព្រឹកថ្ងៃសៅរ៍",
         "Post the working hours and keep a clerk on duty on Saturday mornings", 1, "ផ្លាកសញ្ញា / sign", 350, "own"),
    Idea(("fee", "price", "cost", "charge", "payment"),
         "បិទផ្សាយតារាងតម្លៃសេវារដ្ឋបាលនៅសាលាឃុំ សង្កាត់ និងតាមភូមិ",
         "Post the fees of administrative services at the commune hall and in the villages", 12,
         "ផ្ទាំងព័ត៌មាន / poster", 600, "own"),
    Idea(("birth", "civil", "registr", "document", "certificate", "procedure"),
         "ចុះបញ្ជីអត្រានុកូលដ្ឋានចល័តតាមភូមិ", "Bring civil registration to the villages, one day in each", 9,
         "ភូមិ / village", 4_800),
    Idea(("road", "infrastructure", "bridge", "canal", "project"),
         "ជួសជុលផ្លូវក្រាលគ្រួសក្រហមទៅកាន់មណ្ឌលសុខភាព", "Repair the laterite road to the health centre", 2,
         "គីឡូម៉ែត្រ / kilometre", 46_000),
    Idea(("budget", "financ", "transparen", "plan", "investment"),
         "បិទផ្សាយថវិកា និងកម្មវិធីវិនិយោគឃុំ សង្កាត់ នៅទីសាធារណៈ",
         "Post the commune budget and investment programme where people meet", 10, "ផ្ទាំងព័ត៌មាន / poster", 450, "own"),
    Idea(("respect", "friendl", "polite", "attitude", "staff", "courte"),
         "បណ្តុះបណ្តាលមន្ត្រីឃុំ សង្កាត់ អំពីការទទួល និងបម្រើប្រជាពលរដ្ឋ",
         "Train commune staff in receiving and serving citizens", 2, "វគ្គ / course", 3_200),
    Idea(("meeting", "participat", "consult", "listen", "involve"),
         "រៀបចំវេទិកាសាធារណៈតាមភូមិរៀងរាល់ត្រីមាស ដោយមានស្ត្រី និងយុវជនចូលរួម",
         "Hold a public forum in the villages every quarter, with women and youth", 4, "វេទិកា / forum", 1_600, "own"),
    Idea(("complain", "feedback", "answer", "respond", "request"),
         "ដាក់ប្រអប់សំណូមពរ និងឆ្លើយតបជាសាធារណៈរៀងរាល់ខែ",
         "Put up a suggestion box and answer in public every month", 3, "ប្រអប់ / box", 300, "own"),
    Idea(("disab", "access", "equal", "poor", "vulnerable", "inclus", "discriminat"),
         "សាងសង់ជម្រាលសម្រាប់ជនមានពិការភាពនៅសាលាឃុំ សង្កាត់",
         "Build a ramp for people with disabilities at the commune hall", 1, "កន្លែង / place", 5_600),
    Idea(("clean", "waste", "hygien", "environment", "sanitation"),
         "ដាក់ធុងសំរាម និងរៀបចំការប្រមូលសំរាមនៅផ្សារ", "Place waste bins and organise collection at the market", 20,
         "ធុង / bin", 6_400),
    Idea(("safe", "security", "order", "violence", "dispute", "land"),
         "បំពាក់ភ្លើងបំភ្លឺផ្លូវតាមភូមិ", "Light the village roads with solar lamps", 15, "បង្គោល / lamp", 18_000),
    Idea(("inform", "notice", "know"), "រៀបចំក្ដារព័ត៌មានសម្រាប់ប្រជាពលរដ្ឋនៅគ្រប់ភូមិ",
         "Set up an information board for citizens in every village", 9, "ក្ដារ / board", 2_700),
)  # fmt: skip

HEALTH: tuple[Idea, ...] = (
    Idea(("water",), "ដំឡើងប្រព័ន្ធទឹកស្អាតនៅមណ្ឌលសុខភាព", "Install clean water at the health centre", 1,
         "ប្រព័ន្ធ / system", 14_000),
    Idea(("hour", "open", "24", "duty", "present", "night"),
         "បិទផ្សាយម៉ោងធ្វើការ និងតារាងវេនប្រចាំការ ២៤ ម៉ោង", "Post the opening hours and the round-the-clock duty roster",
         1, "ផ្លាកសញ្ញា / sign", 280, "own"),
    Idea(("fee", "price", "charge", "payment", "cost", "exempt"),
         "បិទផ្សាយតារាងតម្លៃសេវា និងការលើកលែងសម្រាប់គ្រួសារក្រីក្រ",
         "Post the service fees and the exemptions for poor households", 6, "ផ្ទាំងព័ត៌មាន / poster", 320, "own"),
    Idea(("toilet", "latrine", "sanitation"), "សាងសង់បង្គន់អនាម័យសម្រាប់ស្ត្រី និងជនមានពិការភាព",
         "Build toilets for women and people with disabilities", 2, "បន្ទប់ / room", 16_800),
    Idea(("medicine", "drug", "supply", "stock", "equipment"), "តាមដាន និងបិទផ្សាយបញ្ជីឱសថដែលមានរៀងរាល់សប្ដាហ៍",
         "Track the medicine stock and post it every week", 52, "សប្ដាហ៍ / week", 200, "own"),
    Idea(("wait", "queue", "seat", "crowd", "time"), "រៀបចំកន្លែងរង់ចាំមានដំបូល និងប្រព័ន្ធលេខរៀង",
         "Build a roofed waiting place with a queue of numbers", 1, "កន្លែង / place", 7_200),
    Idea(("respect", "friendl", "polite", "attitude", "staff", "care"),
         "បណ្តុះបណ្តាលបុគ្គលិកសុខាភិបាលអំពីការយកចិត្តទុកដាក់ចំពោះអ្នកជំងឺ",
         "Train health staff in caring for patients with respect", 2, "វគ្គ / course", 3_600),
    Idea(("privacy", "confiden", "deliver", "birth", "mother", "maternal", "women"),
         "រៀបចំបន្ទប់សម្រាលឲ្យមានភាពឯកជន", "Give the delivery room privacy: curtains, door, a second bed", 1,
         "បន្ទប់ / room", 4_200),
    Idea(("clean", "waste", "hygien", "infection"), "បំពាក់កន្លែងលាងដៃ និងឡដុតសំរាមវេជ្ជសាស្ត្រ",
         "Install hand-washing places and an incinerator for medical waste", 3, "កន្លែង / place", 8_400),
    Idea(("emergenc", "ambulance", "refer", "transport"), "រៀបចំរថយន្តសង្គ្រោះរួមគ្នារវាងឃុំ និងមណ្ឌលសុខភាព",
         "Arrange shared emergency transport between commune and health centre", 1, "រថយន្ត / vehicle", 9_600),
    Idea(("inform", "explain", "educat", "vaccin", "outreach", "advice"),
         "ចុះអប់រំសុខភាព និងចាក់វ៉ាក់សាំងតាមភូមិរៀងរាល់ខែ", "Go to the villages every month for health education and vaccination",
         12, "លើក / visit", 2_400),
    Idea(("complain", "feedback", "suggest"), "ដាក់ប្រអប់សំណូមពរ និងឆ្លើយតបរៀងរាល់ខែ",
         "Put up a suggestion box and answer every month", 1, "ប្រអប់ / box", 120, "own"),
)  # fmt: skip

SCHOOL: tuple[Idea, ...] = (
    Idea(("toilet", "latrine", "sanitation", "girl"), "សាងសង់បង្គន់ដាច់ដោយឡែកសម្រាប់សិស្សស្រី និងសិស្សប្រុស",
         "Build separate toilets for girls and boys", 4, "បន្ទប់ / room", 22_000),
    Idea(("water", "drink"), "ដំឡើងធុងចម្រោះទឹក និងកន្លែងលាងដៃ", "Install water filters and hand-washing places", 6,
         "កន្លែង / place", 3_800),
    Idea(("attend", "present", "hour", "time", "absent"), "កត់ត្រាវត្តមានគ្រូ និងបិទផ្សាយរៀងរាល់ខែ",
         "Record teachers' attendance and post it every month", 10, "ខែ / month", 150, "own"),
    Idea(("fee", "payment", "informal", "charge", "cost"), "ប្រកាសជាសាធារណៈថាសាលាមិនយកប្រាក់ក្រៅផ្លូវការ",
         "Announce in public that the school takes no informal payments", 1, "ការប្រជុំ / meeting", 80, "own"),
    Idea(("book", "material", "textbook", "equip"), "បំពេញសៀវភៅសិក្សាគោលឲ្យសិស្សម្នាក់មួយក្បាល",
         "Complete the core textbooks, one per pupil", 240, "ក្បាល / book", 4_600),
    Idea(("fence", "safe", "road", "security", "violence"), "សាងសង់របង និងផ្លាកសញ្ញាបន្ថយល្បឿននៅមុខសាលា",
         "Build a fence and put speed signs before the school", 180, "ម៉ែត្រ / metre", 15_500),
    Idea(("librar", "read"), "បើកបណ្ណាល័យ និងរៀបចំម៉ោងអានរៀងរាល់សប្ដាហ៍", "Open the library with a reading hour every week",
         40, "សប្ដាហ៍ / week", 900, "own"),
    Idea(("parent", "meeting", "inform", "communicat", "report", "participat"),
         "ប្រជុំមាតាបិតាសិស្សរៀងរាល់ត្រីមាស", "Meet the pupils' parents every quarter", 4, "ការប្រជុំ / meeting", 240, "own"),
    Idea(("classroom", "building", "roof", "repair", "desk"), "ជួសជុលដំបូលអាគារសិក្សា និងតុសិស្ស",
         "Repair the roof of the school building and the desks", 3, "បន្ទប់ / classroom", 12_400),
    Idea(("disab", "access", "equal", "inclus", "discriminat", "poor"), "សាងសង់ជម្រាល និងផ្តល់សម្ភារៈដល់សិស្សមានពិការភាព",
         "Build a ramp and equip pupils with disabilities", 2, "កន្លែង / place", 5_200),
    Idea(("clean", "waste", "hygien", "environment", "yard", "play"), "ដាំដើមឈើ និងរៀបចំទីធ្លាលេងស្អាត",
         "Plant trees and keep a clean playground", 1, "ទីធ្លា / yard", 1_100, "own"),
    Idea(("teach", "learn", "quality", "help", "slow", "method"), "បង្រៀនបំប៉នសិស្សរៀនយឺតរៀងរាល់ថ្ងៃព្រហស្បតិ៍",
         "Give extra lessons to slow learners every Thursday", 36, "ថ្ងៃ / day", 600, "own"),
)  # fmt: skip

IDEAS: dict[str, tuple[Idea, ...]] = {
    "commune_administration": COMMUNE,
    "health_centre": HEALTH,
    "primary_school": SCHOOL,
}
DROP_REASONS = (
    "ការងារនេះត្រូវបានក្រសួងអនុវត្តរួចហើយ / The ministry has done this work in the meantime",
    "ម្ចាស់ដីមិនយល់ព្រម / The owner of the land does not agree",
    "ប្រជាពលរដ្ឋសម្រេចប្តូរអាទិភាព / The citizens decided on another priority",
)
PROPOSERS = ("ប្រជាពលរដ្ឋ / citizens", "ស្ត្រី / women's group", "យុវជន / youth group", "គណៈកម្មការសាលា / school committee")


def idea_for(rng: Random, kind: str, about: str, taken: set[str], *, external: bool = False) -> Idea:
    """An idea that answers a weak indicator (its code and English label), or else another that is not taken yet.

    With `external`, one that needs outside money.
    """
    free = [idea for idea in IDEAS[kind] if idea.en not in taken and (not external or idea.resources == "external")]
    words = about.lower()
    fitting = [idea for idea in free if any(word in words for word in idea.about)]
    return (fitting or rng.sample(free, len(free)))[0]
