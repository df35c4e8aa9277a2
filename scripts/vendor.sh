#!/bin/sh
# Maintainers only: fetch the third-party front-end files at pinned versions, and write VENDOR.md.
# Needs npm; nobody who installs Housebook does. Bump a version here, run it, commit the result.
set -eu
cd "$(dirname "$0")/.."
out=static/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
printf '# Vendored files\n\nMade by `scripts/vendor.sh`; source map comments are stripped.\n\n' >"$out/VENDOR.md"
printf '| file | from | version | licence | sha256 |\n|---|---|---|---|---|\n' >>"$out/VENDOR.md"

take() { # package version licence path-in-package name
    dir="$work/$(echo "$1" | tr '/@' '__')"
    if [ ! -d "$dir" ]; then
        mkdir -p "$dir"
        (cd "$dir" && npm pack --silent "$1@$2" >/dev/null && tar xzf ./*.tgz)
    fi
    case "$5" in
    *.js | *.css) grep -v '^//# sourceMappingURL\|^/\*# sourceMappingURL' "$dir/package/$4" >"$out/$5" ;;
    *) cp "$dir/package/$4" "$out/$5" ;;
    esac
    printf '| %s | %s | %s | %s | `%s` |\n' "$5" "$1" "$2" "$3" "$(sha256sum "$out/$5" | cut -d' ' -f1)" >>"$out/VENDOR.md"
}

take bootstrap 5.3.8 MIT dist/css/bootstrap.min.css bootstrap.min.css
take bootstrap 5.3.8 MIT dist/js/bootstrap.bundle.min.js bootstrap.bundle.min.js
take htmx.org 2.0.11 0BSD dist/htmx.min.js htmx.min.js
take chart.js 4.6.1 MIT dist/chart.umd.min.js chart.umd.min.js
take @fontsource-variable/inter 5.3.0 OFL-1.1 files/inter-latin-wght-normal.woff2 inter-latin.woff2
take @fontsource-variable/inter 5.3.0 OFL-1.1 files/inter-latin-ext-wght-normal.woff2 inter-latin-ext.woff2

# The icons we use, as one sprite of symbols.
icons="layout-dashboard arrows-exchange chart-pie chart-line receipt target trending-up trending-down file-report building-bank settings plus minus search dots
menu-2 x check chevron-down chevron-right chevron-left chevron-up trash edit copy arrows-split-2 tag tags filter download upload file-import
history arrow-back-up user users logout login bell moon sun device-desktop key shield-lock fingerprint device-mobile mail home home-2 wallet
pig-money credit-card cash coin building-skyscraper car bus train plane shopping-cart basket tools-kitchen-2 coffee pizza heart heartbeat stethoscope
school book gift device-tv device-gamepad music ball-football shirt scissors paw baby-carriage bolt droplet flame wifi phone umbrella briefcase
percentage receipt-refund arrows-left-right calendar clock alert-triangle info-circle help eye eye-off lock lock-open link unlink refresh list category palette star
world database plug archive arrows-sort grip-vertical scale send selector message report-money user-plus adjustments circle-check cloud-upload paperclip"
version=3.51.0
dir="$work/icons"
mkdir -p "$dir"
(cd "$dir" && npm pack --silent "@tabler/icons@$version" >/dev/null && tar xzf ./*.tgz)
mkdir -p static/icons
{
    printf '<svg xmlns="http://www.w3.org/2000/svg">\n'
    for icon in $icons; do
        file="$dir/package/icons/outline/$icon.svg"
        [ -f "$file" ] || { echo "no icon $icon" >&2; continue; }
        printf '<symbol id="%s" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">' "$icon"
        sed -n '/<path/p;/<circle/p;/<rect/p;/<line/p' "$file" | tr -d '\n'
        printf '</symbol>\n'
    done
    printf '</svg>\n'
} >static/icons/sprite.svg
printf '| ../icons/sprite.svg | @tabler/icons | %s | MIT | `%s` |\n' "$version" "$(sha256sum static/icons/sprite.svg | cut -d' ' -f1)" >>"$out/VENDOR.md"
