"""Planted secrets of many kinds, made at run time.

Nothing in this file is a secret, and no telling word stands whole in it (a `~` cuts it): a scanner that
looks at the repository must not take it for a leak.
"""

import base64
import re
import string
from dataclasses import dataclass
from random import Random
from uuid import UUID

ALPHABETS = {
    "A": string.ascii_letters + string.digits,
    "B": string.ascii_letters + string.digits + "+/",
    "D": string.digits,
    "H": "0123456789abcdef",
    "L": string.ascii_lowercase + string.digits,
    "P": string.ascii_letters + string.digits + "!#%+*",
    "S": string.ascii_letters + string.digits + "-_",
    "U": string.ascii_uppercase + string.digits,
}
WORDS = (
    "harbour",
    "lantern",
    "violet",
    "pebble",
    "granite",
    "willow",
    "copper",
    "meadow",
    "thunder",
    "orchard",
)
PEM = "{B64}\n{B64}\n{B64}\n{B64}"
CUT = "~"
_RANDOM = re.compile(r"\{(\w+?)(\d*)\}")


def _framed(kind: str, end: str = "") -> str:
    """A key between its two lines."""
    return f"-----BEGIN {kind}PRIV~ATE KEY{end}-----\n@@\n-----END {kind}PRIV~ATE KEY{end}-----"


# Its name; the secret: {A36} are 36 letters and digits, see ALPHABETS; the text that it stands in, as @@.
KINDS: tuple[tuple[str, str, str], ...] = (
    ("AWS access key id", "AK~IA{U16}", "Uploads sign with @@ in eu-west-1."),
    ("AWS secret access key", "{B40}", "aws_secret_access~_key = @@"),
    ("AWS temporary key id", "AS~IA{U16}", "AWS_ACCESS_KEY_ID=@@"),
    ("AWS session token", "{B200}", "export AWS_SESSION~_TOKEN=@@"),
    ("GitHub personal token", "gh~p_{A36}", "CI pushes with @@."),
    ("GitHub fine-grained token", "github~_pat_{A22}_{A59}", "Use @@ for the mirror."),
    ("GitHub app token", "gh~s_{A36}", "remote: token @@ expired"),
    ("GitLab token", "gl~pat-{S20}", "git clone failed for @@"),
    ("GitLab runner token", "gl~rt-{S20}", "Register the runner with @@"),
    ("Bitbucket app password", "AT~BB{A32}", "bitbucket login is @@"),
    ("Atlassian token", "ATA~TT3x{S60}={H8}", "Jira is read with @@"),
    ("OpenAI key", "sk~-proj-{S60}", "The evaluator calls the API with @@"),
    ("OpenAI key, old form", "sk~-{A48}", "It failed: Incorrect API key provided: @@"),
    ("Anthropic key", "sk~-ant-api03-{S90}", "x-api~-key: @@"),
    ("Groq key", "gs~k_{A52}", "Groq answers with @@"),
    ("Hugging Face token", "h~f_{A34}", "Weights are fetched as @@"),
    ("Replicate token", "r~8_{A37}", "Images come from replicate (@@)"),
    ("Stripe live key", "sk~_live_{A24}", "Refunds use @@ only in prod"),
    ("Stripe restricted key", "rk~_live_{A24}", "Reports use @@"),
    ("Stripe webhook secret", "wh~sec_{A32}", "Webhooks are checked against @@"),
    ("Slack bot token", "xo~xb-{D12}-{D12}-{A24}", "Alerts go out with @@"),
    ("Slack app token", "xa~pp-1-{U11}-{D13}-{H64}", "socket mode: @@"),
    ("Slack webhook", "{U9}/{U11}/{A24}", "post to https://hooks.sl~ack.com/services/@@ on failure"),
    ("Discord webhook", "{D18}/{S68}", "https://disc~ord.com/api/webhooks/@@"),
    ("Google API key", "AI~za{S35}", "Maps load with @@"),
    ("Google OAuth secret", "GOC~SPX-{S28}", "client: @@"),
    ("Google OAuth token", "ya~29.{S80}", "curl said 401 for @@"),
    ("Firebase server key", "AAAA{S7}:AP~A91b{S134}", "Push goes out with @@"),
    ("npm token", "np~m_{A36}", "publish with @@"),
    ("PyPI token", "py~pi-AgEIcHlwaS5vcmc{S120}", "twine uploads with @@"),
    ("RubyGems key", "ruby~gems_{H48}", "gem push uses @@"),
    ("Docker token", "dc~kr_pat_{S27}", "docker login with @@"),
    ("SendGrid key", "S~G.{S22}.{S43}", "Mail leaves with @@"),
    ("Mailgun key", "ke~y-{H32}", "Mailgun wants @@"),
    ("Mailchimp key", "{H32}-u~s14", "The list is synced with @@"),
    ("Twilio key", "S~K{H32}", "SMS are sent by @@"),
    ("Telegram bot token", "{D9}:A~A{S33}", "The bot runs as @@"),
    ("Shopify token", "shp~at_{H32}", "Orders are read with @@"),
    ("Square token", "sq0~atp-{S22}", "Payments by @@"),
    ("PayPal token", "access_~token$production${L16}${H32}", "PayPal: @@"),
    ("Plaid token", "access-sand~box-{uuid}", "The bank answers to @@"),
    ("DigitalOcean token", "do~p_v1_{H64}", "droplets are made by @@"),
    ("Vault token", "hv~s.{S90}", "vault login @@"),
    ("Terraform Cloud token", "{A14}.atlas~v1.{S60}", "terraform reads @@"),
    ("New Relic key", "NR~AK-{U27}", "Deploys are marked with @@"),
    ("Grafana token", "gl~sa_{A32}_{H8}", "Dashboards are pushed as @@"),
    ("Sentry token", "snt~rys_{B80}", "Releases: @@"),
    ("Datadog key", "{H32}", "DD_API~_KEY=@@"),
    ("Linear key", "li~n_api_{A40}", "Tickets are closed with @@"),
    ("Notion token", "nt~n_{A46}", "The wiki is read as @@"),
    ("Airtable token", "pa~t{A14}.{H64}", "Airtable: @@"),
    ("Figma token", "fi~gd_{S40}", "Icons are exported with @@"),
    ("CircleCI token", "CC~IPAT_{A22}_{H40}", "Pipelines start by @@"),
    ("Pulumi token", "pu~l-{H40}", "pulumi login @@"),
    ("Databricks token", "da~pi{H32}", "Jobs run as @@"),
    ("Doppler token", "dp~.pt.{A43}", "doppler run as @@"),
    ("Supabase key", "sb~p_{H40}", "migrations: @@"),
    ("PlanetScale password", "psc~ale_pw_{S43}", "the branch opens with @@"),
    ("Tailscale key", "ts~key-auth-{A16}-{A32}", "join with @@"),
    ("Postman key", "PM~AK-{H24}-{H34}", "Collections run with @@"),
    ("Alibaba key id", "LT~AI{A20}", "OSS is read by @@"),
    ("Mapbox secret token", "sk~.eyJ{S60}.{S22}", "tiles: @@"),
    ("Heroku key", "{uuid}", "HEROKU_API~_KEY=@@"),
    ("Azure client secret", "{A3}8Q{tilde}{S34}", "The app registration has @@"),
    ("Azure storage key", "{b64_64}", "AccountName=shop;Account~Key=@@;EndpointSuffix=core.windows.net"),
    ("Azure SAS signature", "{A43}", "https://shop.blob.core.windows.net/x?sv=2024&si~g=@@%3D&se=2026"),
    ("Cloudflare token", "{S40}", "CLOUDFLARE_API~_TOKEN: @@"),
    ("RSA private key", PEM, _framed("RSA ")),
    ("EC private key", PEM, "Key:\n" + _framed("EC ") + "\n"),
    ("OpenSSH private key", PEM, _framed("OPENSSH ")),
    ("PKCS#8 private key", PEM, "It is:\n" + _framed("") + "\nKeep it."),
    ("half a private key", PEM, _framed("RSA ").partition("\n-----END")[0]),
    ("PGP private key", PEM, _framed("PGP ", " BLOCK")),
    ("private key in JSON", "{B64}\\n{B64}", '{"key": "' + _framed("").replace("\n", "\\n") + '\\n"}'),
    ("age key", "AGE-SEC~RET-KEY-1{U58}", "sops decrypts with @@"),
    ("WireGuard key", "{b64_32}", "Private~Key = @@"),
    ("JSON web token", "ey~JhbGciOiJIUzI1NiJ9.ey~JzdWIiOiIx{A20}.{S43}", "The session cookie was @@"),
    ("password in a Postgres URL", "{A16}", "DATABASE_URL=postgres://app:@@@db.internal:5432/shop"),
    ("password in a Redis URL", "{A20}", "The queue is redis://:@@@cache:6379/0"),
    ("password in a MongoDB URL", "{A14}", "mongodb+srv://root:@@@cluster0.example.net/app"),
    ("password in an AMQP URL", "{A12}", "amqps://worker:@@@mq.example.org/prod"),
    ("token in a git URL", "{A30}", "origin is https://deploy:@@@git.example.org/shop.git"),
    ("password in a JDBC URL", "{A12}", "jdbc:postgresql://db/shop?user=app&pass~word=@@"),
    ("signed S3 URL", "{H64}", "https://b.s3.amazonaws.com/k?X-Amz-Expires=600&X-Amz-Sig~nature=@@"),
    ("authorization header", "{A40}", "curl -H 'Author~ization: Bearer @@' https://api.example.org"),
    ("basic login header", "{b64_18}", "Author~ization: Basic @@"),
    ("login of curl", "{A14}", "curl -u admin:@@ https://nexus.example.org"),
    ("password of mysql", "{A12}", "mysql -u root -p@@ shop < dump.sql"),
    ("password in .netrc", "{A16}", "machine api.example.org login bot pass~word @@"),
    ("npm auth in .npmrc", "{A36}", "//registry.example.org/:_auth~Token=@@"),
    ("registry login of Docker", "{b64_21}", '{"auths": {"registry.example.org": {"au~th": "@@"}}}'),
    ("bcrypt hash", "$2~b$12${A53}", "admin:@@ is in the seed data"),
    ("password in .env", "{P14}", "DB_PASS~WORD=@@"),
    ("secret in .env", "{A40}", "SESSION_SEC~RET='@@'"),
    ("password in YAML", "{P16}", "database:\n  user: app\n  pass~word: @@\n"),
    ("password in Python", "{P12}", 'connect(host="db", pass~word="@@")'),
    ("passphrase of words", "{word} {word} {word} {word}", 'PASS~PHRASE = "@@"'),
    ("key in JSON", "{A32}", '{"api~Key": "@@", "region": "eu"}'),
    ("Django secret key", "{P50}", "SECRET~_KEY = 'django-insecure-@@'"),
    ("Laravel app key", "{b64_32}", "APP~_KEY=base64:@@"),
    ("Rails secret base", "{H128}", "secret_key~_base: @@"),
    ("password in XML", "{P12}", "<server><pass~word>@@</pass~word></server>"),
    ("password in a flag", "{P14}", "run migrate --pass~word @@ --yes"),
    ("password in prose", "{A12}", "The pass~word of the staging database is @@, ask Ada first."),
    ("token in prose", "{A32}", "Use the to~ken @@ for the staging gateway."),
    ("key in prose", "{H32}", "The API ~key for the sandbox is @@"),
    ("connection string of .NET", "{P14}", "Server=db;User Id=sa;Pass~word=@@;Encrypt=true"),
    ("password of Ansible", "{P12}", "ansible_ssh_~pass: @@"),
    ("secret of Kubernetes", "{b64_24}", "kind: Secret\ndata:\n  pass~word: @@\n"),
    ("value of an unnamed variable", "{A40}", "SENTRY_INGEST=@@\n"),
    ("client secret of OAuth", "{S40}", "client_~secret: '@@'"),
    ("salt", "{A24}", 'HASH_~SALT = "@@"'),
    ("session cookie", "{A48}", "Cookie: session~id=@@; path=/"),
    ("recovery code", "{D5}-{D5}", "The recovery ~code is @@"),
)  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """A secret in a text as people write it.

    Attributes:
        text: What is given to the program; `secret` stands in it.
    """

    kind: str
    secret: str
    text: str

    def traces(self) -> list[str]:
        """What must not be found anywhere afterwards: the secret, or each of its lines."""
        return [line for line in self.secret.replace("\\n", "\n").split("\n") if line]


def planted(seed: int = 7) -> list[Planted]:
    """One secret of each kind."""
    rng = Random(seed)
    found = []
    for kind, spec, text in KINDS:
        secret = _made(spec.replace(CUT, ""), rng)
        found.append(Planted(kind, secret, text.replace(CUT, "").replace("@@", secret, 1)))
    return found


def _made(spec: str, rng: Random) -> str:
    def one(match: re.Match[str]) -> str:
        name, length = match[1], int(match[2] or 0)
        match name:
            case "tilde":
                return CUT
            case "uuid":
                return str(UUID(int=rng.getrandbits(128), version=4))
            case "word":
                return rng.choice(WORDS)
            case "b64_":
                return base64.b64encode(rng.randbytes(length)).decode()
        return _text(rng, ALPHABETS[name], length)

    return _RANDOM.sub(one, spec)


def _text(rng: Random, alphabet: str, length: int) -> str:
    """Random characters, with a digit and each case where the alphabet has them."""
    kinds = [set(string.digits), set(string.ascii_uppercase), set(string.ascii_lowercase)]
    while True:
        made = "".join(rng.choice(alphabet) for _ in range(length))
        if all(set(made) & kind for kind in kinds if set(alphabet) & kind):
            return made
