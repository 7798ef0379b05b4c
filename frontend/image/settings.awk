# Renders the settings in the environment: file=config gives config.json, file=headers the nginx headers of every answer.
# All problems are named at once, with what would be right, and the exit code is 2.
BEGIN {
  control()
  api = address("API_URL", "http://api.localhost:8642", 1)
  mail = address("MAIL_URL", "http://mail.localhost:8642", 0)
  domain = ENVIRON["AUTH_DOMAIN"]
  auth = address("AUTH_DOMAIN", "http://auth.localhost:8642 or shop-test.eu.auth0.com", 1)
  client = text("AUTH_CLIENT_ID", "shop-web")
  audience = text("AUTH_AUDIENCE", "https://api.shop.example")
  noindex = flag("NOINDEX")
  if (problems) exit 2
  if (file == "config") config()
  else headers()
}

function config() {
  printf "{\"stage\":%s,\"release\":%s,", json(value("STAGE", "local")), json(value("RELEASE", "dev"))
  printf "\"apiUrl\":%s,\"mailUrl\":%s,", json(ENVIRON["API_URL"]), json(ENVIRON["MAIL_URL"])
  printf "\"auth\":{\"domain\":%s,\"clientId\":%s,\"audience\":%s},", json(domain), json(client), json(audience)
  printf "\"noindex\":%s}\n", noindex ? "true" : "false"
}

# Only addresses that passed the pattern below get here, so no setting can end the quoted text.
function headers() {
  add("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' " \
    api " " auth "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'")
  add("X-Content-Type-Options", "nosniff")
  add("Referrer-Policy", "strict-origin-when-cross-origin")
  add("Cross-Origin-Opener-Policy", "same-origin")
  add("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
  if (noindex) add("X-Robots-Tag", "noindex, nofollow")
}

function add(name, content) { printf "add_header %s \"%s\" always;\n", name, content }

function value(name, otherwise) { return ENVIRON[name] == "" ? otherwise : ENVIRON[name] }

function text(name, example) {
  if (ENVIRON[name] == "") wrong(name, "is not set; for example " example)
  return ENVIRON[name]
}

# The origin (scheme, name, port) of an address; a bare name means https. Empty for one that may be left out.
function address(name, example, needed,   given) {
  given = ENVIRON[name]
  if (given == "" && !needed) return ""
  if (given !~ /:\/\//) given = "https://" given
  if (given !~ /^https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?(\/[A-Za-z0-9._~\/-]*)?$/)
    wrong(name, "is not an address like " example)
  match(given, /^https?:\/\/[^\/]+/)
  return substr(given, 1, RLENGTH)
}

function flag(name,   given) {
  given = tolower(ENVIRON[name])
  if (given !~ /^(|0|1|true|false|yes|no)$/) wrong(name, "must be true or false")
  return given ~ /^(1|true|yes)$/
}

function wrong(name, why) {
  print "frontend: " name " " why > "/dev/stderr"
  problems++
}

# A JSON string; every character that JSON wants escaped is, and "<" as well.
function json(s,   i, c, out) {
  for (i = 1; i <= length(s); i++) {
    c = substr(s, i, 1)
    out = out (c in escaped ? escaped[c] : c)
  }
  return "\"" out "\""
}

function control(   i) {
  for (i = 1; i < 32; i++) escaped[sprintf("%c", i)] = sprintf("\\u%04x", i)
  escaped["\""] = "\\\""
  escaped["\\"] = "\\\\"
  escaped["<"] = "\\u003c"
  escaped[sprintf("%c", 127)] = "\\u007f"
}
