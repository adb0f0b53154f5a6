"""Who the demo's customers are and how far each one is brought. Everything is invented; the order never changes."""

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """Where a customer's onboarding is brought to."""

    TOLD = "TOLD"  # Oceafin knows the customer; nothing was handed in yet
    OPEN = "OPEN"
    HALF_READ = "HALF_READ"  # a reviewer has taken it and decided one document
    READY = "READY"
    SECOND_LOOK = "SECOND_LOOK"  # one person has decided, another one is to look at it
    ASKED = "ASKED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    SENT = "SENT"  # signed and sent; what Oceafin makes of it is the customer's `plays`
    # Brought to APPROVED, and then by Oceafin or by us:
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"
    RESTRICTED = "RESTRICTED"
    OFFBOARDING = "OFFBOARDING"


@dataclass(frozen=True)
class Customer:
    """One customer. `hours` ago it came to us; `plays` is its part at the stand-in Oceafin."""

    ref: str
    name: str
    latin: str
    country: str
    city: str
    street: str
    postcode: str
    way: Way
    hours: float
    plays: str = "approve"
    is_company: bool = False
    occupation: str = "Engineer"

    @property
    def number(self) -> int:
        return int(self.ref.rpartition("-")[2])

    @property
    def first_name(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def last_name(self) -> str:
        return self.name.partition(" ")[2] or self.name


def _people(*rows: tuple, first: int = 1001) -> list[Customer]:  # type: ignore[type-arg]
    return [Customer(f"cust-{number}", *row) for number, row in enumerate(rows, first)]


def _companies(*rows: tuple) -> list[Customer]:  # type: ignore[type-arg]
    named = [Customer(f"corp-{number}", *row, is_company=True) for number, row in enumerate(rows, 2001)]  # type: ignore[misc]
    return named


# Approved first: payouts stand on them.
PEOPLE = _people(
    ("Amélie Fournier", "Amelie Fournier", "FR", "Lyon", "12 rue des Lilas", "69003", Way.SENT, 30),
    ("Jürgen Weiß", "Juergen Weiss", "DE", "München", "Lindenweg 4", "80331", Way.SENT, 29),
    ("Siobhán Ní Bhriain", "Siobhan Ni Bhriain", "IE", "Galway", "7 Quay Lane", "H91 C1T0", Way.SENT, 28),
    ("Ελένη Παπαδοπούλου", "Eleni Papadopoulou", "GR", "Αθήνα", "Οδός Ερμού 18", "105 63", Way.SENT, 27),
    ("Олена Шевчук", "Olena Shevchuk", "PL", "Kraków", "ul. Długa 9", "31-147", Way.SENT, 27),
    ("Łukasz Żółkiewski", "Lukasz Zolkiewski", "PL", "Gdańsk", "ul. Szeroka 22", "80-835", Way.SUSPENDED, 26),
    ("Inês Carvalho", "Ines Carvalho", "PT", "Porto", "Rua das Flores 31", "4050-265", Way.RESTRICTED, 26),
    ("Anders Åkesson", "Anders Akesson", "SE", "Malmö", "Storgatan 5", "211 41", Way.CLOSED, 25),
    ("李 小龙", "Xiaolong Li", "SG", "Singapore", "88 Orchard Court", "238841", Way.OPEN, 14.8),
    ("محمد الأمير", "Mohammed Al-Amir", "AE", "دبي", "شارع الواحة ١٤", "00000", Way.OPEN, 20.5),
    ("Zoë van den Berg", "Zoe van den Berg", "NL", "Utrecht", "Oudegracht 201", "3511 NK", Way.OPEN, 24.6),
    ("दीपा शर्मा", "Deepa Sharma", "IN", "मुंबई", "मरीन ड्राइव 40", "400002", Way.OPEN, 9),
    ("佐藤 結衣", "Yui Sato", "JP", "東京", "港区 3-2-1", "105-0011", Way.OPEN, 5),
    ("Davit Ღვინიაშვილი", "Davit Ghviniashvili", "GE", "თბილისი", "Rustaveli 2", "0108", Way.OPEN, 2),
    ("김 서연", "Seo-yeon Kim", "KR", "서울", "종로 55", "03187", Way.OPEN, 0.4),
    ("Tomás Ó Cinnéide", "Tomas O Cinneide", "IE", "Cork", "3 Mill Road", "T12 X0PY", Way.HALF_READ, 21),
    ("Nguyễn Thị Hương", "Nguyen Thi Huong", "VN", "Hà Nội", "15 Hàng Bông", "100000", Way.READY, 18),
    ("Marta Ibáñez", "Marta Ibanez", "ES", "Sevilla", "Calle Sierpes 8", "41004", Way.READY, 12),
    ("יעל כהן", "Yael Cohen", "IL", "תל אביב", "דיזנגוף 100", "6433222", Way.ASKED, 22),
    ("Björn Hallgrímsson", "Bjorn Hallgrimsson", "IS", "Reykjavík", "Laugavegur 3", "101", Way.ASKED, 11),
    ("Fatoumata Diallo", "Fatoumata Diallo", "SN", "Dakar", "14 avenue Senghor", "10000", Way.DECLINED, 24),
    ("สมชาย ใจดี", "Somchai Jaidee", "TH", "กรุงเทพฯ", "ถนนสุขุมวิท 21", "10110", Way.WITHDRAWN, 24),
    (
        "Nikola Đorđević",
        "Nikola Djordjevic",
        "RS",
        "Beograd",
        "Knez Mihailova 6",
        "11000",
        Way.SENT,
        19,
        "missing",
    ),
    ("Aylin Yıldız", "Aylin Yildiz", "TR", "İzmir", "Kordon 12", "35210", Way.SENT, 17, "reject"),
    ("Péter Kovács", "Peter Kovacs", "HU", "Budapest", "Váci utca 19", "1052", Way.SENT, 4, "slow"),
    ("Grace Mwangi", "Grace Mwangi", "KE", "Nairobi", "Riverside Drive 2", "00100", Way.TOLD, 3),
    ("Ólafur Gunnarsson", "Olafur Gunnarsson", "IS", "Akureyri", "Hafnarstræti 4", "600", Way.TOLD, 1),
    ("Camila Rojas", "Camila Rojas", "CL", "Santiago", "Avenida Italia 700", "7500000", Way.TOLD, 0.2),
    # A likely duplicate of cust-1011, for a reviewer to decide.
    ("Zoe Vandenberg", "Zoe Vandenberg", "NL", "Utrecht", "Oudegracht 201", "3511 NK", Way.OPEN, 0.3),
)
COMPANIES = _companies(
    ("Nordlys Shipping AS", "Nordlys Shipping AS", "NO", "Bergen", "Bryggen 11", "5003", Way.SENT, 30),
    ("Hafenlicht Handels GmbH", "Hafenlicht GmbH", "DE", "Hamburg", "Kajen 2", "20459", Way.SENT, 29),
    (
        "Atelier Belle-Île SARL",
        "Atelier Belle-Ile",
        "FR",
        "Nantes",
        "3 quai de la Fosse",
        "44000",
        Way.SENT,
        28,
    ),
    ("Καΐκι Ναυτιλιακή ΑΕ", "Kaiki Shipping SA", "GR", "Πειραιάς", "Ακτή Μιαούλη 30", "185 35", Way.SENT, 26),
    ("Lagune & Söhne OG", "Lagune OG", "AT", "Wien", "Praterstraße 9", "1020", Way.OFFBOARDING, 27),
    ("深海貿易株式会社", "Shinkai Trading KK", "JP", "横浜", "中区 1-4", "231-0002", Way.SECOND_LOOK, 7),
    ("Reef Robotics Ltd", "Reef Robotics Ltd", "GB", "Bristol", "Harbour Row 6", "BS1 4RB", Way.OPEN, 21.5),
    ("شركة اللؤلؤة للتجارة", "Pearl Trading LLC", "AE", "أبوظبي", "شارع الكورنيش ٧", "00000", Way.READY, 16),
    ("Tidewater Labs BV", "Tidewater Labs BV", "NL", "Rotterdam", "Maaskade 50", "3071 NG", Way.ASKED, 14),
    (
        "Corail Bleu SAS",
        "Corail Bleu SAS",
        "FR",
        "Marseille",
        "9 rue du Port",
        "13002",
        Way.SENT,
        13,
        "missing",
    ),
    (
        "Estuary Foods Ltd",
        "Estuary Foods Ltd",
        "IE",
        "Dublin",
        "40 Dock Street",
        "D01 F5P2",
        Way.SENT,
        20,
        "reject",
    ),
    ("Klippa Energi AB", "Klippa Energi AB", "SE", "Göteborg", "Hamngatan 8", "411 14", Way.SENT, 6, "slow"),
    ("Maré Alta Lda", "Mare Alta Lda", "PT", "Lisboa", "Cais do Sodré 1", "1200-450", Way.TOLD, 0.7),
)
# They come one by one while somebody looks on.
LATECOMERS = _people(
    ("Hélène Mercier", "Helene Mercier", "FR", "Lille", "5 rue de Gand", "59800", Way.OPEN, 0),
    ("Иван Петров", "Ivan Petrov", "BG", "София", "ул. Шипка 3", "1504", Way.OPEN, 0),
    ("Ayesha Siddiqui", "Ayesha Siddiqui", "PK", "Karachi", "Clifton Road 12", "75600", Way.OPEN, 0),
    ("Mikkel Østergaard", "Mikkel Ostergaard", "DK", "Aarhus", "Åboulevarden 7", "8000", Way.SENT, 0),
    ("Lucía Fernández", "Lucia Fernandez", "AR", "Rosario", "Bulevar Oroño 90", "2000", Way.OPEN, 0),
    ("陳 美玲", "Mei-ling Chen", "TW", "臺北", "忠孝東路 4 段", "106", Way.SENT, 0, "slow"),
    first=1101,
)


def first() -> list[Customer]:
    """Those whom the first page needs: the most urgent cases, and who is paid out first."""
    wanted = {"cust-1001", "cust-1002", "cust-1003", "corp-2001", "cust-1011", "cust-1009", "corp-2007"}
    return [customer for customer in everybody() if customer.ref in wanted]


def everybody() -> list[Customer]:
    return [*PEOPLE, *COMPANIES]
