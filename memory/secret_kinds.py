r"""What secrets look like, as data: a name, words of which one must stand in the text, and a pattern.

The words are looked for first (in the text as it is, or in lower case where the pattern ignores case): a
search for a word is a hundred times quicker than a pattern, and most texts hold none of them. Of a pattern
the first group that took part is the secret; without groups it is the whole match.
"""

from typing import TypeAlias

Kind: TypeAlias = tuple[str, tuple[str, ...], str]

_WORD = r"[A-Za-z0-9_\-]"
_HEX = r"[0-9a-fA-F]"
_UUID = rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"

OF_MANY_LINES = ("private key",)
# Shapes that no other text has: a fixed beginning, or the frame of a key.
SHAPES: tuple[Kind, ...] = (
    ("private key", ("PRIVATE KEY",),
     r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----([\s\S]*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY|\Z)"),
    ("private key", ("PuTTY-User-Key-File",), r"Private-Lines: \d+\r?\n((?:[A-Za-z0-9+/=]+\r?\n?)+)"),
    ("age key", ("AGE-SECRET-KEY-",), r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}"),
    ("AWS access key", ("AKIA", "ASIA", "AROA", "AIDA", "ABIA", "ACCA"),
     r"\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[0-9A-Z]{16}\b"),
    ("AWS key", ("ABSK", "amzn.mws."), rf"\bABSK[A-Za-z0-9+/]{{80,}}=*|\bamzn\.mws\.{_UUID}"),
    ("GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
     r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,})"),
    ("GitLab token", ("gl", "GR1348941"),
     rf"\b(?:gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas|ffct)-{_WORD}{{18,}}|GR1348941{_WORD}{{20,}})"),
    ("Bitbucket or Atlassian token", ("AT",), r"\bAT(?:ATT3x|BB|CTT3x)[A-Za-z0-9_\-=]{24,}"),
    ("Anthropic key", ("sk-ant-",), rf"\bsk-ant-{_WORD}{{20,}}"),
    ("OpenAI key", ("sk-",), rf"\bsk-(?:proj-|svcacct-|admin-|or-v1-)?(?=[A-Za-z0-9_\-]*\d){_WORD}{{20,}}"),
    ("model provider's key", ("gsk_", "xai-", "pplx-", "r8_", "nvapi-", "fw_", "AQVN", "csk-"),
     rf"\b(?:gsk_|xai-|pplx-|r8_|nvapi-|fw_|AQVN|csk-)(?={_WORD}*\d){_WORD}{{20,}}"),
    ("Hugging Face token", ("hf_", "api_org_"), r"\b(?:hf_|api_org_)[A-Za-z0-9]{30,}"),
    ("Stripe key", ("k_live_", "k_test_", "whsec_"),
     r"\b(?:(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{20,})"),
    ("Slack token", ("xox", "xapp-"),
     r"\b(?:xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9\-]{10,}|xapp-\d-[A-Za-z0-9\-]{20,})"),
    ("webhook", ("hooks.slack.com", "webhook.office.com", "api/webhooks/", "hooks.zapier.com"),
     r"https://(?:hooks\.slack\.com/(?:services|workflows|triggers)/|[\w.\-]*webhook\.office\.com/\w+/"
     r"|(?:\w+\.)?discord(?:app)?\.com/api/webhooks/|hooks\.zapier\.com/hooks/catch/)([A-Za-z0-9/_\-@.]{10,})"),
    ("Google key", ("AIza", "GOCSPX-", "ya29."),
     rf"\b(?:AIza[0-9A-Za-z_\-]{{35}}|GOCSPX-{_WORD}{{20,}}|ya29\.[0-9A-Za-z_\-]{{20,}})"),
    ("Google key", (":APA91b",), rf"\b{_WORD}{{8,40}}:APA91b{_WORD}{{100,}}"),
    ("Google refresh token", ("1//0",), rf"(?<![\w/])1//0{_WORD}{{30,}}"),
    ("npm token", ("npm_",), r"\bnpm_[A-Za-z0-9]{30,}"),
    ("PyPI token", ("pypi-",), rf"\bpypi-(?=[A-Za-z0-9_\-]*[A-Z]){_WORD}{{30,}}"),
    ("package registry's token", ("rubygems_", "CLOJARS_", "dckr_", "oy2", "cio"),
     rf"\b(?:rubygems_{_HEX}{{40,}}|CLOJARS_[a-z0-9]{{50,}}|dckr_(?:pat|oat)_{_WORD}{{20,}}|oy2[a-z0-9]{{43}}\b"
     r"|cio(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{32}\b)"),
    ("SendGrid key", ("SG.",), rf"\bSG\.{_WORD}{{16,}}\.{_WORD}{{16,}}"),
    ("mail service's key", ("key-", "-us", "xkeysib-"),
     rf"\bkey-{_HEX}{{32}}\b|\b{_HEX}{{32}}-us\d{{1,2}}\b|\bxkeysib-{_HEX}{{64}}-\w{{16}}"),
    ("Twilio key", ("SK", "AC"), r"\b(?:SK|AC)[0-9a-f]{32}\b"),
    ("Telegram token", (":AA",), rf"\b\d{{8,10}}:AA{_WORD}{{32,}}"),
    ("Discord token", (".",),
     r"(?<![\w.])[MNO][A-Za-z0-9_\-]{23,27}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,}"),
    ("Shopify token", ("shp",), rf"\bshp(?:at|ca|pa|ss|ua|tka)_{_HEX}{{32}}"),
    ("Square token", ("sq0", "EAAA"), rf"\bsq0[a-z]{{3}}-{_WORD}{{22,}}|\bEAAA{_WORD}{{56,}}"),
    ("payment service's key", ("access_token$", "FLWSECK", "rzp_", "EZAK", "EZTK", "live_", "shippo_"),
     rf"access_token\$(?:production|sandbox)\$[0-9a-z]{{16}}\${_HEX}{{32}}"
     rf"|\bFLWSECK(?:_TEST)?-[0-9a-zA-Z\-]{{12,}}"
     rf"|\brzp_(?:live|test)_[A-Za-z0-9]{{14,}}|\bEZ[AT]K[A-Za-z0-9]{{50,}}"
     rf"|\bshippo_(?:live|test)_{_HEX}{{40}}"
     r"|\b(?:duffel|lob)_(?:live|test)_[A-Za-z0-9_\-=]{30,}"),
    ("Facebook token", ("EAA",), r"\bEAA(?:CEdEose0cBA[0-9A-Za-z]{10,}|[MC][A-Za-z0-9]{60,})"),
    ("Twitter token", ("AAAAAAAAAA",), r"\bA{10,}[A-Za-z0-9%]{40,}"),
    ("Dropbox token", ("sl.",), rf"\bsl\.(?:u\.)?(?={_WORD}*\d){_WORD}{{100,}}"),
    ("DigitalOcean token", ("_v1_",), rf"\bdo[opr]_v1_{_HEX}{{60,}}"),
    ("HashiCorp token", ("hvs.", "hvb.", "hvr.", ".atlasv1."),
     rf"\bhv[sbr]\.{_WORD}{{20,}}|\b[A-Za-z0-9]{{10,16}}\.atlasv1\.{_WORD}{{40,}}"),
    ("monitoring service's key", ("NRAK-", "NRJS-", "NRII-", "glsa_", "glc_", "sntrys_", "sntryu_", "dt0c01.",
     "PMAK-"),
     rf"\bNR(?:AK|JS|II)-{_WORD}{{19,}}|\bglsa_[A-Za-z0-9]{{32}}_{_HEX}{{8}}|\bglc_[A-Za-z0-9+/=]{{32,}}"
     rf"|\bsntry[su]_[A-Za-z0-9_+/=]{{40,}}|\bdt0c01\.[A-Z0-9]{{24}}\.[A-Z0-9]{{64}}"
     rf"|\bPMAK-{_HEX}{{24}}-{_HEX}{{34}}"),
    ("workspace tool's key", ("lin_", "secret_", "ntn_", "pat", "figd_", "tfp_", "ATOA", "CFPAT-"),
     r"\blin_(?:api|oauth)_[A-Za-z0-9]{32,}|\bsecret_[A-Za-z0-9]{43}\b|\bntn_[A-Za-z0-9]{40,}"
     rf"|\bpat[A-Za-z0-9]{{14}}\.{_HEX}{{64}}|\bfigd_{_WORD}{{36,}}"
     rf"|\btfp_[A-Za-z0-9_\-.=]{{40,}}|\bCFPAT-{_WORD}{{40,}}"),
    ("build service's token", ("CCIPAT_", "pul-", "sgp_", "squ_", "sqp_", "sqa_", "dp.", "bkua_", "pnu_"),
     rf"\bCCIPAT_[A-Za-z0-9_]{{40,}}|\bpul-{_HEX}{{40}}"
     rf"|\bsgp_(?:[A-Za-z0-9]{{1,40}}_)?{_HEX}{{40}}|\bsq[upa]_{_HEX}{{40}}"
     rf"|\bdp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9\-_]{{2,35}}\.)?[A-Za-z0-9]{{40,}}"
     rf"|\bbkua_{_HEX}{{40}}|\bpnu_[A-Za-z0-9]{{36}}"),
    ("hosting service's token", ("nfp_", "sbp_", "pscale_", "dapi", "FlyV1", "fo1_", "rnd_", "HRKU-"),
     rf"\bnfp_[A-Za-z0-9]{{36,}}|\bsbp_{_HEX}{{40}}|\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_\-.=]{{32,}}"
     rf"|\bdapi{_HEX}{{32}}(?:-\d)?\b"
     rf"|\bFlyV1 fm\d[A-Za-z0-9_,+/=\-]{{50,}}|\bfo1_{_WORD}{{43}}|\brnd_[A-Za-z0-9]{{28,}}"
     rf"|\bHRKU-(?:{_UUID}|{_WORD}{{50,}})"),
    ("network service's key", ("tskey-", "v1.0-", "ops_eyJ", "A3-", "LTAI", "AKID", "sk.eyJ", "pk.eyJ"),
     rf"\btskey-[a-z]+-{_WORD}{{10,}}|\bv1\.0-{_HEX}{{24}}-{_HEX}{{146}}|\bops_eyJ[A-Za-z0-9+/=_\-]{{100,}}"
     r"|\bA3-[A-Z0-9]{6}-[A-Z0-9]{6}(?:-[A-Z0-9]{5}){3,4}|\bLTAI[A-Za-z0-9]{17,21}\b|\bAKID[A-Za-z0-9]{32}\b"
     rf"|\b[sp]k\.eyJ{_WORD}{{30,}}\.{_WORD}{{20,}}"),
    ("access token", ("access-", "sdk-", "api-", "mob-"),
     rf"\b(?:access-(?:sandbox|development|production)|sdk|api|mob)-{_UUID}"),
    ("JSON web token", ("eyJ",), rf"\beyJ{_WORD}{{8,}}\.eyJ{_WORD}{{8,}}\.[A-Za-z0-9_\-]+"),
    ("password hash", ("$",),
     r"(?<![\w$])\$(?:2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|(?:apr1|1|5|6|y|argon2\w*)\$[^\s:'\"]{20,})"),
    ("Azure storage key", ("AccountKey", "SharedAccessKey", "accountkey"),
     r"(?i)\b(?:AccountKey|SharedAccessKey)\s*=\s*([A-Za-z0-9+/]{40,}={0,2})"),
    ("Azure client secret", ("Q~",), r"(?<![\w~.])[A-Za-z0-9_\-.]{3}\dQ~[A-Za-z0-9_\-.~]{31,34}"),
    ("signature in a URL", ("sig=", "ignature=", "access_token=", "api_key=", "apikey=", "token=", "key="),
     r"(?i)[?&](?:sig|x-amz-signature|x-amz-security-token|x-goog-signature|signature|access_token|auth_token|api_?key"
     r"|token|key|secret|client_secret|password)=((?=[^&\s]*\d)[A-Za-z0-9%+/_\-.=~]{16,})"),
    ("password in a URL", ("://",), r"\b[a-z][a-z0-9+.\-]{1,30}://[^\s/:@'\"]{0,200}:([^\s/@'\"]{2,200}(?:/[^\s/@'\"]{1,200})?)@"),
    ("token in a URL", ("://",), r"\bhttps?://([A-Za-z0-9]{20,})@"),
    ("password in .netrc", ("machine", "login"), r"\bmachine\s+\S+\s+login\s+\S+\s+password\s+(\S+)"),
    ("password in .pgpass", (":5432:", ":*:"), r"(?m)^[\w.\-*]+:(?:\d{2,5}|\*):[^\s:]+:[^\s:]+:(\S{3,})$"),
    ("registry login", ("\"auth\"", "_auth"),
     r"(?:\"auth\"\s*:\s*\"|\b_auth(?:Token)?\s*=\s*\"?)([A-Za-z0-9+/=_\-.]{8,})"),
    ("authorization header", ("uthorization", "UTHORIZATION"),
     r"(?i)\b(?:proxy-)?authorization['\"]?\s*[:=,]\s*['\"]?(?:bearer|basic|token|apikey|digest|aws4-hmac-sha256)\s+"
     r"([A-Za-z0-9._~+/=\-]{8,})"),
    ("basic login", ("Basic ",), r"\bBasic\s+((?=[A-Za-z0-9+/]*\d)[A-Za-z0-9+/]{12,}={0,2})"),
    ("bearer token", ("earer ", "EARER "),
     r"\b(?:[Bb]earer|BEARER)\s+((?=[A-Za-z0-9._~+/\-]*\d)[A-Za-z0-9._~+/\-]{20,}=*)"),
    ("login on a command line", (" -u", "--user"),
     r"(?:\bcurl\b|\bwget\b|\bhttp\b)[^\n]*?\s(?:-u|--user)[ =]?['\"]?[^\s:'\"]+:([^\s'\"]{3,})"),
    ("login on a command line", ("mysql", "psql", "sshpass", "redis-cli", "mongo"),
     r"\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;&]*?\s-p([^\s'\"=\-]{4,})|\bsshpass\s+-p\s*['\"]?([^\s'\"]{3,})"
     r"|\bredis-cli\b[^\n|;&]*?\s-a\s+['\"]?([^\s'\"]{4,})"),
)  # fmt: skip
