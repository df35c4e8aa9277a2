"""Words that banks put around a merchant's name, in several languages. Folded, without accents."""

# Stripped from the front as long as something is left behind them; longest first.
PREFIXES = tuple(
    sorted(
        """
card payment to|card payment|card purchase|debit card purchase|debit card payment|debit card|visa debit card purchase
signature pos debit|signature|recur payment|recur|paypal|visa debit purchase|visa debit|visa purchase|visa card|visa kauf|visa|mastercard|maestro|eftpos purchase|eftpos debit|eftpos
pos purchase|pos withdrawal|pos sig|pos pin|pos debit|pos transaction|pos pymt|pos payment|pos refund|pos|point of sale|store purchase
purchase authorized on|recurring payment authorized on|recurring card purchase|recurring payment to|recurring payment|recurring
purchase at|purchase return|purchase with cash back|purchase|checkcard|check card|chkcard|card number|card no|card
credit card purchase|mobile purchase|online purchase|international purchase|international pos purchase|intl purchase
payment to|payment from|payment by|bill payment to|bill payment|bill pmt|online bill payment to|online payment to|web pmt
direct debit payment to|direct debit payment|direct debit to|direct debit|dir deb|directdebit|standing order to|standing order|stdg ord
faster payment to|faster payment from|faster payments receipt|faster payment|bank giro credit|bgc|fpi|fpo|bacs|chaps
contactless payment to|contactless payment|contactless|contact less|apple pay|google pay|samsung pay|mobile payment
ach debit|ach credit|ach withdrawal|ach deposit|ach pmt|ach payment|corporate ach|ach|electronic payment|electronic withdrawal
preauthorized debit|pre authorized debit|preauthorized credit|external withdrawal|external deposit|withdrawal from|paid to
payment e check payment|e check|debit order|debicheck|eft debit order payment|eft debit order|eft|fuel purchase|effec
interac purchase|interac retail purchase|idp purchase|point of sale purchase|pre authorized payment|miscellaneous payment|opos|fpos
value date|non sterling purchase|foreign purchase|ecom purchase|ecom|e com|internet purchase|mail order|tap and pay
kartenzahlung|karten zahlung|kartenverfugung|debitkartenzahlung|kreditkartenzahlung|kreditkarte|girocard|giro card|ec karte|eckarte
sepa lastschrift|sepa basislastschrift|sepa elv lastschrift|elv lastschrift|basislastschrift|folgelastschrift|erstlastschrift|lastschrift
lastschrifteinzug|sepa uberweisung|uberweisung an|uberweisung|dauerauftrag an|dauerauftrag|gutschrift von|gutschrift|einzug von
onlinezahlung|online zahlung|bezahlung|einkauf|kauf|zahlung an|zahlung|zahlungsauftrag|belastung|ebanking auftrag|twint|debitkarte
maestro zahlung|kauf dienstleistung|apple pay kauf|pos kartenzahlung|kontaktlos|vom|echtzeituberweisung|abbuchung
sepa direct debit|sepa credit transfer|sepa dd|sepa|prelevement sepa|prelevement europeen|prelevement de|prelevement|prlv sepa|prlv
paiement par carte|paiement carte|paiement cb|paiement sans contact|paiement|achat cb|achat par carte|achat carte|achat|facture carte
carte bancaire|carte|cb|virement sepa|virement de|virement en votre faveur|virement emis|virement recu|virement instantane|virement|vir sepa|vir inst|vir
operation carte|debit carte|reglement|cotisation|sans contact
pago con tarjeta en|pago con tarjeta|pago tarjeta|pago movil en|pago movil|pago en|compra con tarjeta|compra tarjeta|compra en|compra internet en|compra
tarjeta|recibo de|recibo|adeudo recibo|adeudo de|adeudo|cargo en cuenta|cargo por|transferencia a favor de|transferencia inmediata a favor de
transferencia de|transferencia recibida de|transferencia|bizum a|bizum de|domiciliacion|operacion con tarjeta
addebito diretto|addebito sdd|addebito sepa|addebito|pagamento pos|pagamento carta|pagamento con carta|pagamento presso|pagamento|acquisto pos|acquisto
operazione carta|utilizzo carta|disposizione di bonifico|bonifico a favore di|bonifico da|bonifico istantaneo|bonifico|presso|carta di debito|carta|sdd
betaalautomaat|betaalpas|bea apple pay|bea google pay|bea|gea|pinbetaling|pin|ideal|incasso|sepa incasso algemeen doorlopend|sepa incasso
sepa overboeking|sepa ideal|overboeking|overschrijving naar|overschrijving|automatische incasso|betaling met bancontact|bancontact|betaling|aankoop
mobiele betaling|kaartbetaling|kaart|algemeen doorlopend|periodieke overb
platnosc karta|platnosc kart|platnosc|zakup przy uzyciu karty|transakcja karta|zakup|przelew do|przelew|blik|polecenie zaplaty|operacja karta|karta
pagamento com cartao|compra cartao|compra com cartao|debito direto|kortkop|kop|kortkob|varekjop|visa varekjop|dankort kob|dankort|autogiro|bankgiro|betalning|korttiosto
upi|imps|neft|rtgs|pos txn|ecs|nach|ach d|mps|bil|inb|vps|p2m|p2a|ib|in b
ref|reference|mandate|mandat|mandaat|re|from|to|at|on|the
""".replace("\n", "|")
        .strip("|")
        .split("|"),
        key=len,
        reverse=True,
    )
)

# Stripped wherever they stand: no shop is called so.
PHRASES = tuple(
    sorted(
        """
card ending in|card ending|card number|card no|credit card purchase|us card purchase|value date|exchange rate|incl fx fee|non stg trans fee
apple pay|google pay|card present|visa debit|debit mastercard|mandate no|mandatsref|glaubiger id|end to end|creditor id
kontaktlos|girocard|kartennummer|kartennr|folgenr|folge nr|verfalld|terminal id|terminalid|term id|terminal|merchant id|transaktion|transactie|pasvolgnr
sans contact|carte numero|carte no|con tarjeta|tarjeta no|num tarjeta|presso pos|carta numero|numero carta|valuta|karta nr|nr karty
mandato|mandaat|a debit|db tr|pty ltd|effec|pymt ref|recurring pymt|ppd id|web id|indn|co entry|orig co name|des:|id:|card payment
uhr|debitk|debitkarte|mandaatnr|machtiging|omschrijving|kenmerk|betaalverzoek|contactloze betaling|sagt danke|chip|magstripe
""".replace("\n", "|")
        .strip("|")
        .split("|"),
        key=len,
        reverse=True,
    )
)

# Legal forms and leftovers, dropped as single words.
WORDS = frozenset(
    """
ltd limited plc llc inc corp gmbh co kg ohg mbh ug ag sa sarl sas sasu srl spa bv nv sl slu sp zoo oo pty ab oy aps
kgaa ev eingetragene kft lda ltda pvt llp cie www http https com net org html eu
visa mc mastercard maestro vpay pos cd ref nr no num nb card debit eref mref cred svwz kref trtp csid marf remi iban bic
eur gbp usd chf pln zar inr aud cad nok sek dkk czk huf fx rate xx xxx gb gbr fra deu esp ita nld pol aut che
str filiale fil fact purchase contactless mandate dankt tarj sau ech
""".split()
)

MONTHS = (
    "jan(?:uary|uar|uari|vier|eiro)?|feb(?:ruary|ruar|ruari|brero|braio)?|fev(?:rier)?|mar(?:ch|s|zo)?|maart|marz|mrz|apr(?:il|ile)?|avr(?:il)?|abr(?:il)?"
    "|may|mai|mei|mayo|maggio|jun[ei]?|juin|junio|giu(?:gno)?|jul[yi]?|juil(?:let)?|julio|lug(?:lio)?|aug(?:ust|ustus)?|aout|ago(?:sto)?"
    "|sept?(?:ember|iembre)?|set(?:tembre)?|o[ck]t(?:ober|ubre|obre)?|ott(?:obre)?|nov(?:ember|iembre|embre)?|de[cz](?:ember|embre)?|dic(?:iembre|embre)?"
)

COUNTRIES = frozenset(
    """
us usa gb gbr uk de deu fr fra es esp it ita nl nld pl pol at aut ch che ie irl be bel lu lux pt prt se swe no nor dk dnk fi fin
za zaf in ind au aus ca can cz cze hu hun ro rou nz sg ae tr gr england scotland wales ireland deutschland germany france espana spain italia italy
nederland netherlands polska poland osterreich austria schweiz switzerland belgium belgie luxembourg luxemburg portugal india australia canada
""".split()
)

STATES = frozenset(
    """
al ak az ar ca co ct de dc fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc sd tn tx ut vt
va wa wv wi wy on qc bc ab mb sk ns nb nl nsw vic qld tas act nt
""".split()
)

# Those that are no word of any language here.
LEADING_STATES = frozenset(
    "ca ky mo nj ny tx fl il oh ga nc va tn az wa ut nv wi mn nh nd sd wv ri ks".split()
)

CITY_STARTS = frozenset(
    "st san los las new fort el santa saint north south east west port lake mount palm salt grand long".split()
)

CITIES = tuple(
    sorted(
        """
london|manchester|birmingham|leeds|glasgow|edinburgh|liverpool|bristol|sheffield|cardiff|belfast|nottingham|leicester|newcastle|newcastle upon tyne
brighton|oxford|cambridge|reading|bath|york|coventry|southampton|portsmouth|plymouth|norwich|exeter|milton keynes|watford|croydon|wolverhampton|sandwell
dublin|cork|galway|limerick|berlin|hamburg|munchen|muenchen|munich|koln|koeln|frankfurt am main|frankfurt|stuttgart|dusseldorf|duesseldorf|dortmund|essen
leipzig|dresden|hannover|nurnberg|nuernberg|bremen|bonn|mannheim|karlsruhe|augsburg|wiesbaden|munster|muenster|aachen|freiburg|mainz|kiel|potsdam|erfurt|rostock|kassel
wien|vienna|graz|linz|salzburg|innsbruck|zurich|zuerich|geneve|geneva|genf|basel|bern|lausanne|luzern|st gallen|winterthur|lugano
paris|lyon|marseille|toulouse|nice|nantes|strasbourg|montpellier|bordeaux|lille|rennes|reims|grenoble|dijon|toulon|metz|nancy|rouen|annecy
madrid|barcelona|valencia|sevilla|zaragoza|malaga|murcia|palma de mallorca|palma|bilbao|alicante|cordoba|valladolid|vigo|granada|gijon
roma|rome|milano|milan|napoli|torino|palermo|genova|bologna|firenze|bari|catania|venezia|verona|padova|trieste|brescia|parma|modena
amsterdam|rotterdam|den haag|s gravenhage|utrecht|eindhoven|groningen|tilburg|almere|breda|nijmegen|haarlem|arnhem|enschede|amersfoort|leiden|delft|schiphol|hoofddorp|zaandam|maastricht
bruxelles|brussels|brussel|antwerpen|gent|brugge|liege|leuven|luxembourg|lisboa|lisbon|porto
warszawa|warsaw|krakow|lodz|wroclaw|poznan|gdansk|szczecin|bydgoszcz|lublin|katowice|gdynia|praha|prague|budapest|bucuresti|stockholm|goteborg|malmo|oslo|bergen|kobenhavn|copenhagen|aarhus|helsinki
cape town|johannesburg|durban|pretoria|sandton|centurion|port elizabeth|bloemfontein|stellenbosch|midrand|randburg|rosebank|umhlanga|ballito
mumbai|delhi|new delhi|bangalore|bengaluru|hyderabad|chennai|kolkata|pune|ahmedabad|gurgaon|gurugram|noida|jaipur
sydney|melbourne|brisbane|perth|adelaide|canberra|hobart|darwin|gold coast|newtown|surry hills|parramatta|auckland|wellington|christchurch
toronto|montreal|vancouver|calgary|ottawa|edmonton|winnipeg|mississauga|halifax|quebec|victoria|hamilton|london on
new york|new york city|brooklyn|los angeles|chicago|houston|phoenix|philadelphia|san antonio|san diego|dallas|san jose|austin|jacksonville|fort worth|columbus|charlotte
san francisco|indianapolis|seattle|denver|washington|boston|el paso|nashville|detroit|oklahoma city|portland|las vegas|memphis|louisville|baltimore|milwaukee|albuquerque
tucson|fresno|sacramento|kansas city|mesa|atlanta|omaha|colorado springs|raleigh|miami|long beach|virginia beach|oakland|minneapolis|tulsa|tampa|arlington|new orleans
st petersburg|st louis|saint louis|pittsburgh|cincinnati|cleveland|orlando|salt lake city|honolulu|mountain view|cupertino|san mateo|los gatos|redmond|menlo park|palo alto
singapore|dubai|hong kong|tokyo|istanbul|athens
""".replace("\n", "|")
        .strip("|")
        .split("|"),
        key=len,
        reverse=True,
    )
)
