-- Every rule of the seed, in upper case, padded, empty and null; and whoever comes first where two
-- rules could speak.
with cases (source, medium, campaign, expected) as (

    values
    -- Direct
    (cast(null as varchar), cast(null as varchar), cast(null as varchar), 'Direct'),
    ('(direct)', '(none)', null, 'Direct'),
    ('', ' ', '', 'Direct'),
    (null, '(Not Set)', null, 'Direct'),
    (' (DIRECT) ', null, 'summer', 'Direct'),
    ('(direct)', 'email', null, 'Email'),
    -- Cross-network, before everything but Direct
    ('google', 'cpc', 'DE Cross-Network 1', 'Cross-network'),
    (null, null, 'cross-network', 'Direct'),
    ('google', 'cpc', 'cross-network shopping', 'Cross-network'),
    -- Paid Shopping, by category or campaign
    ('idealo.de', 'CPC', null, 'Paid Shopping'),
    ('google', 'cpc', 'Shopping-DE', 'Paid Shopping'),
    ('google', 'cpc', 'shop', 'Paid Shopping'),
    ('adnet', 'paid_anything', 'eshop-may', 'Paid Shopping'),
    ('google', 'cpc', 'workshop', 'Paid Search'),
    ('idealo.de', 'ppc', null, 'Paid Shopping'),
    ('idealo.de', 'retargeting', null, 'Paid Shopping'),
    ('idealo.de', 'paid', null, 'Paid Shopping'),
    ('adnet', 'ppc', 'shop', 'Paid Shopping'),
    ('adnet', 'retargeting', 'shop', 'Paid Shopping'),
    -- Paid Search
    (' Google ', 'CPC', null, 'Paid Search'),
    ('google', 'cpm', null, 'Paid Search'),
    ('Bing', 'ppc', null, 'Paid Search'),
    ('bing', 'retargeting', null, 'Paid Search'),
    ('bing', 'paidsearch', null, 'Paid Search'),
    -- Paid Social
    ('facebook', 'paid_social', null, 'Paid Social'),
    ('TikTok', 'cpc', null, 'Paid Social'),
    ('instagram', 'Retargeting', null, 'Paid Social'),
    ('facebook', 'ppc', null, 'Paid Social'),
    -- Paid Video
    ('youtube', 'paid', null, 'Paid Video'),
    ('youtube', 'cpc', null, 'Paid Video'),
    ('youtube', 'ppc', null, 'Paid Video'),
    ('youtube', 'retargeting', null, 'Paid Video'),
    ('youtube', 'cpm', null, 'Paid Video'),
    -- Display: interstitial is spelled in full
    ('adnet', 'display', null, 'Display'),
    ('adnet', 'BANNER', null, 'Display'),
    ('adnet', 'expandable', null, 'Display'),
    ('adnet', 'interstitial', null, 'Display'),
    ('adnet', 'cpm', null, 'Display'),
    (null, 'cpm', null, 'Display'),
    ('adnet', 'intersitial', null, 'Unassigned'),
    -- Paid Other
    ('adnet', 'cpa', null, 'Paid Other'),
    ('adnet', 'ppc', null, 'Paid Other'),
    ('adnet', 'retargeting', null, 'Paid Other'),
    ('adnet', 'paid', null, 'Paid Other'),
    ('adnet', 'xppc', null, 'Unassigned'),
    -- Organic Shopping
    ('x', 'y', 'eshop-may', 'Organic Shopping'),
    ('etsy.com', 'referral', null, 'Organic Shopping'),
    ('etsy.com', 'social', null, 'Organic Shopping'),
    ('x', 'y', 'workshop', 'Unassigned'),
    -- Organic Social
    ('facebook', 'referral', null, 'Organic Social'),
    ('vimeo', 'social', null, 'Organic Social'),
    ('facebook', 'video', null, 'Organic Social'),
    ('x', 'Social', null, 'Organic Social'),
    ('x', 'social-network', null, 'Organic Social'),
    ('x', 'social-media', null, 'Organic Social'),
    ('x', 'sm', null, 'Organic Social'),
    ('x', 'social network', null, 'Organic Social'),
    ('x', 'social media', null, 'Organic Social'),
    ('x', 'asocial', null, 'Unassigned'),
    -- Organic Video
    ('vimeo', 'y', null, 'Organic Video'),
    ('youtube', 'organic', null, 'Organic Video'),
    ('x', 'MyVideos', null, 'Organic Video'),
    -- Organic Search, by category whatever the medium
    ('google', 'y', null, 'Organic Search'),
    ('x', 'organic', null, 'Organic Search'),
    ('chatgpt.com', 'organic', null, 'Organic Search'),
    -- AI Assistants, before Referral
    ('chatgpt.com', 'referral', null, 'AI Assistants'),
    ('Perplexity.AI', null, null, 'AI Assistants'),
    -- Referral
    ('x', 'referral', null, 'Referral'),
    ('x', 'app', null, 'Referral'),
    (null, 'link', null, 'Referral'),
    -- Email, as source or medium
    ('e-mail', 'y', null, 'Email'),
    ('E_mail', 'y', null, 'Email'),
    ('email', 'y', null, 'Email'),
    ('e mail', 'y', null, 'Email'),
    ('newsletter', 'e-mail', null, 'Email'),
    ('newsletter', 'e_mail', null, 'Email'),
    ('newsletter', 'e mail', null, 'Email'),
    ('newsletter', 'EMAIL', null, 'Email'),
    ('email', 'referral', null, 'Referral'),
    ('email', 'affiliate', null, 'Email'),
    -- Affiliates
    ('x', 'affiliate', null, 'Affiliates'),
    ('x', 'affiliates', null, 'Unassigned'),
    -- Audio
    ('x', 'audio', null, 'Audio'),
    ('sms', 'audio', null, 'Audio'),
    -- SMS, as source or medium
    ('sms', 'y', null, 'SMS'),
    ('x', 'Sms', null, 'SMS'),
    ('firebase', 'sms', null, 'SMS'),
    -- Mobile Push
    ('x', 'web push', null, 'Mobile Push'),
    ('x', 'in mobile app', null, 'Mobile Push'),
    ('x', 'notification-1', null, 'Mobile Push'),
    ('Firebase', 'y', null, 'Mobile Push'),
    ('x', 'pushed', null, 'Unassigned'),
    -- Unassigned; what looks like a pattern or a quotation is none
    ('newsletter', null, null, 'Unassigned'),
    ('.*', '.*', 'o''brien', 'Unassigned'),
    -- A whole word is no part of one
    ('x', 'audiobook', null, 'Unassigned'),
    ('x', 'myaudio', null, 'Unassigned'),
    ('smsc', 'y', null, 'Unassigned'),
    ('mysms', 'y', null, 'Unassigned'),
    ('x', 'smsc', null, 'Unassigned'),
    ('x', 'mysms', null, 'Unassigned'),
    ('firebase2', 'y', null, 'Unassigned'),
    ('myfirebase', 'y', null, 'Unassigned'),
    ('x', 'organics', null, 'Unassigned'),
    ('x', 'inorganic', null, 'Unassigned')

),

-- Each of them once more in capitals and among blanks: it is the same.
spelled as (

    select * from cases
    union all
    select
        ' ' || upper(source) || '  ' as source,
        upper(medium) || ' ' as medium,
        '  ' || upper(campaign) as campaign,
        expected
    from cases
    where coalesce(source, medium, campaign) is not null

),

channel_rules as (

    select * from {{ ref('channel_rules') }}

),

source_categories as (

    select * from {{ ref('source_categories') }}
    union all
    select * from {{ ref('source_categories') }}
    where source = 'google'

),

tagged as (

    select
        source as raw_source,
        medium as raw_medium,
        campaign as raw_campaign,
        expected,
        {{ traffic_tag('source', "'/'", 'utm_source') }} as source,
        {{ traffic_tag('medium', "'/'", 'utm_medium') }} as medium,
        {{ traffic_tag('campaign', "'/'", 'utm_campaign') }} as campaign
    from spelled

),

channels as (

    {{ channel_groups('tagged') }}

),

results as (

    select
        tagged.raw_source,
        tagged.raw_medium,
        tagged.raw_campaign,
        tagged.expected,
        min(channels.channel) as actual,
        count(channels.channel) as row_count
    from tagged
    left join channels
        on
            coalesce(tagged.source, '') = channels.source
            and coalesce(tagged.medium, '') = channels.medium
            and coalesce(tagged.campaign, '') = channels.campaign
    group by tagged.raw_source, tagged.raw_medium, tagged.raw_campaign, tagged.expected

)

select *
from results
where
    actual is distinct from expected
    or row_count <> 1
