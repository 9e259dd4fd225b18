"""Which role may do what: the one table, to be read in one sitting.

A permission always applies to the areas that the role was granted for, and below (see user.User).
"""

from enum import StrEnum


class Role(StrEnum):
    """The parts people and systems play in the yearly cycle."""

    CITIZEN = "citizen"
    CAF = "caf"
    PROVIDER = "provider"
    COMMUNE_CLERK = "commune_clerk"
    JAAPC = "jaapc"
    DISTRICT_OFFICER = "district_officer"
    PROVINCE_OFFICER = "province_officer"
    NCDDS = "ncdds"
    PARTNER = "partner"
    OPERATOR = "operator"


class Permission(StrEnum):
    """What a caller may be allowed to do, as entity.verb."""

    AREA_WRITE = "area.write"
    UNIT_WRITE = "unit.write"
    UNIT_KIND_WRITE = "unit_kind.write"
    PARTICIPATION_WRITE = "participation.write"
    FOCAL_PERSON_READ = "focal_person.read"
    FOCAL_PERSON_WRITE = "focal_person.write"
    ACCOUNT_WRITE = "account.write"
    ORGANISATION_WRITE = "organisation.write"
    BODY_KIND_WRITE = "body_kind.write"
    BODY_WRITE = "body.write"
    BODY_MEMBER_READ = "body_member.read"
    BODY_MEETING_READ = "body_meeting.read"
    BODY_MEETING_WRITE = "body_meeting.write"
    CAF_READ = "caf.read"
    CAF_WRITE = "caf.write"
    TRAINING_WRITE = "training.write"
    TRAINING_TOPIC_WRITE = "training_topic.write"
    STANDARD_WRITE = "standard.write"
    STANDARD_OVERRIDE = "standard.override"
    DATA_ELEMENT_WRITE = "data_element.write"
    FACT_READ = "fact.read"
    FACT_WRITE = "fact.write"
    FACT_APPROVE = "fact.approve"
    PACK_PUBLISH = "pack.publish"
    POSTING_WRITE = "posting.write"
    INDICATOR_SET_WRITE = "indicator_set.write"
    ROUND_MANAGE = "round.manage"
    BALLOT_LINK_READ = "ballot_link.read"
    BALLOT_LINK_RENEW = "ballot_link.renew"
    BALLOT_RECORD = "ballot.record"
    SELF_ASSESSMENT_WRITE = "self_assessment.write"
    SELF_ASSESSMENT_READ = "self_assessment.read"
    SCORECARD_PLAN = "scorecard.plan"
    SCORECARD_READ = "scorecard.read"
    SCORECARD_SUBMIT = "scorecard.submit"
    SCORECARD_REVIEW = "scorecard.review"
    CHANGE_REQUEST = "scorecard.request_change"
    CHANGE_REQUEST_READ = "scorecard.read_requests"
    RESULT_PUBLISH = "result.publish"
    COMMENT_MODERATE = "comment.moderate"
    FLAG_REVIEW = "flag.review"
    ACTION_WRITE = "action.write"
    ACTION_AGREE = "action.agree"
    FUNDING_REQUEST = "funding.request"
    FISCAL_YEAR_WRITE = "fiscal_year.write"
    ENVELOPE_WRITE = "envelope.write"
    REQUEST_READ = "request.read"
    ALLOCATION_WRITE = "allocation.write"
    SUBSCRIPTION_WRITE = "subscription.write"
    OPERATE = "system.operate"


_OFFICERS = (Role.DISTRICT_OFFICER, Role.PROVINCE_OFFICER, Role.NCDDS)
_COMMUNE = (Role.COMMUNE_CLERK, Role.JAAPC)

PERMISSIONS: dict[Permission, frozenset[Role]] = {
    permission: frozenset(roles)
    for permission, roles in {
        Permission.AREA_WRITE: (Role.NCDDS, Role.OPERATOR),
        Permission.UNIT_WRITE: (*_OFFICERS, Role.OPERATOR),
        Permission.UNIT_KIND_WRITE: (Role.NCDDS, Role.OPERATOR),
        Permission.PARTICIPATION_WRITE: (Role.PARTNER, *_OFFICERS),
        Permission.FOCAL_PERSON_READ: (Role.PROVIDER, *_COMMUNE, *_OFFICERS),
        Permission.FOCAL_PERSON_WRITE: (Role.PROVIDER, Role.COMMUNE_CLERK, *_OFFICERS),
        Permission.ACCOUNT_WRITE: (*_OFFICERS, Role.OPERATOR),
        Permission.ORGANISATION_WRITE: (Role.COMMUNE_CLERK, *_OFFICERS),
        Permission.BODY_KIND_WRITE: (Role.NCDDS,),
        Permission.BODY_WRITE: (Role.COMMUNE_CLERK, *_OFFICERS),
        Permission.BODY_MEMBER_READ: (*_COMMUNE, *_OFFICERS),
        Permission.BODY_MEETING_READ: (Role.CAF, Role.PARTNER, *_COMMUNE, *_OFFICERS),
        Permission.BODY_MEETING_WRITE: (Role.CAF, *_COMMUNE, *_OFFICERS),
        Permission.CAF_READ: (Role.CAF, Role.PARTNER, Role.COMMUNE_CLERK, *_OFFICERS),
        Permission.CAF_WRITE: (Role.COMMUNE_CLERK, *_OFFICERS),
        Permission.TRAINING_WRITE: (Role.PARTNER, *_OFFICERS),
        Permission.TRAINING_TOPIC_WRITE: (Role.NCDDS,),
        Permission.STANDARD_WRITE: (Role.NCDDS,),
        Permission.STANDARD_OVERRIDE: (Role.PROVIDER, Role.COMMUNE_CLERK, *_OFFICERS),
        Permission.DATA_ELEMENT_WRITE: (Role.NCDDS,),
        Permission.FACT_READ: (Role.PROVIDER, *_COMMUNE, *_OFFICERS),
        Permission.FACT_WRITE: (Role.PROVIDER, Role.COMMUNE_CLERK, *_OFFICERS),
        Permission.FACT_APPROVE: _OFFICERS,
        Permission.PACK_PUBLISH: _OFFICERS,
        Permission.POSTING_WRITE: (Role.CAF, Role.PROVIDER, Role.COMMUNE_CLERK, *_OFFICERS),
        Permission.INDICATOR_SET_WRITE: (Role.NCDDS,),
        Permission.ROUND_MANAGE: (Role.PROVINCE_OFFICER, Role.NCDDS),
        Permission.BALLOT_LINK_READ: (Role.CAF, Role.PROVIDER, *_COMMUNE, *_OFFICERS),
        Permission.BALLOT_LINK_RENEW: _OFFICERS,
        Permission.BALLOT_RECORD: (Role.CAF,),
        Permission.SELF_ASSESSMENT_WRITE: (Role.PROVIDER,),
        Permission.SELF_ASSESSMENT_READ: (Role.PROVIDER, *_OFFICERS),
        Permission.SCORECARD_PLAN: _OFFICERS,
        Permission.SCORECARD_READ: (Role.CAF, *_OFFICERS),
        Permission.SCORECARD_SUBMIT: (Role.CAF,),
        Permission.SCORECARD_REVIEW: _OFFICERS,
        Permission.CHANGE_REQUEST: (Role.CAF, Role.PROVIDER),
        Permission.CHANGE_REQUEST_READ: (Role.CAF, Role.PROVIDER, *_OFFICERS),
        Permission.RESULT_PUBLISH: _OFFICERS,
        Permission.COMMENT_MODERATE: _OFFICERS,
        Permission.FLAG_REVIEW: _OFFICERS,
        Permission.ACTION_WRITE: _COMMUNE,
        Permission.ACTION_AGREE: (Role.JAAPC,),
        Permission.FUNDING_REQUEST: _COMMUNE,
        Permission.FISCAL_YEAR_WRITE: (Role.NCDDS,),
        Permission.ENVELOPE_WRITE: _OFFICERS,
        Permission.REQUEST_READ: (*_COMMUNE, *_OFFICERS),
        Permission.ALLOCATION_WRITE: _OFFICERS,
        Permission.SUBSCRIPTION_WRITE: (Role.PARTNER, Role.PROVINCE_OFFICER, Role.NCDDS, Role.OPERATOR),
        Permission.OPERATE: (Role.OPERATOR,),
    }.items()
}
