package demo

// script is a way of writing names. Given and family names are common words of
// their language, put together at random; nobody in particular is meant.
type script struct {
	given, family []string
	familyFirst   bool
	joined        bool // no space between the parts
	latin         bool
	weight        int
	cities        []place
}

type place struct{ city, code, country string }

var scripts = []script{
	{weight: 11, latin: true,
		given:  []string{"Anna", "Ben", "Clara", "David", "Emma", "Frances", "George", "Hannah", "Isaac", "Julia", "Kate", "Liam", "Maya", "Nora", "Oscar", "Paula", "Ruth", "Simon", "Tessa", "Victor"},
		family: []string{"Ashdown", "Barrow", "Carver", "Dunmore", "Elder", "Fairley", "Grant", "Holloway", "Ingram", "Kerr", "Lark", "Mercer", "Norwood", "Orchard", "Pike", "Quill", "Rowan", "Stone", "Thorne", "Wells"},
		cities: []place{{"London", "N1 0AA", "United Kingdom"}, {"Springfield", "01101", "USA"}, {"Halifax", "B3H 0A0", "Canada"}}},
	{weight: 9, latin: true,
		given:  []string{"Jürgen", "Sören", "Käthe", "Zoë", "Łukasz", "Željka", "François", "Märta", "Žofie", "Ángel", "Günther", "Bjørn", "Ayşe", "Oğuz", "Noëlle", "Ștefan"},
		family: []string{"Müller", "Ångström", "Žižka", "Łąkowski", "Pérez", "Şahin", "Øster", "Désirat", "Größ", "Novák", "Çelik", "Ñañez", "Hämäläinen", "Kovačič", "Tóth", "Țurcanu"},
		cities: []place{{"Köln", "50667", "Deutschland"}, {"Łódź", "90-001", "Polska"}, {"Malmö", "211 20", "Sverige"}, {"Córdoba", "14001", "España"}}},
	{weight: 2, given: []string{"Ελένη", "Νίκος", "Μαρία", "Γιώργος", "Σοφία"}, family: []string{"Παππάς", "Καραγιάννης", "Οικονόμου", "Δημητρίου"},
		cities: []place{{"Αθήνα", "105 57", "Ελλάδα"}}},
	{weight: 2, given: []string{"Анна", "Олексій", "Ирина", "Борис", "Дарья"}, family: []string{"Ковальчук", "Соколова", "Петренко", "Йорданова"},
		cities: []place{{"Київ", "01001", "Україна"}, {"София", "1000", "България"}}},
	{weight: 2, familyFirst: true, joined: true, given: []string{"伟", "芳", "秀英", "明", "静怡"}, family: []string{"王", "李", "张", "陈", "欧阳"},
		cities: []place{{"北京", "100000", "中国"}, {"上海", "200000", "中国"}}},
	{weight: 2, familyFirst: true, given: []string{"陽子", "健太", "さくら", "大輔", "ユキ"}, family: []string{"山田", "佐藤", "鈴木", "高橋"},
		cities: []place{{"東京", "100-0001", "日本"}, {"大阪", "530-0001", "日本"}}},
	{weight: 1, given: []string{"ليلى", "يوسف", "مريم", "كريم"}, family: []string{"حداد", "منصور", "نجار"},
		cities: []place{{"القاهرة", "11511", "مصر"}}},
	{weight: 1, given: []string{"נועה", "דניאל", "תמר", "יוסי"}, family: []string{"כהן", "לוי", "מזרחי"},
		cities: []place{{"תל אביב", "6100000", "ישראל"}}},
}

var (
	organisations = []string{"Copperfield Bakery", "North Pier Sailing Club", "Paper & Thread Ltd", "Blue Door Clinic", "Lindenhof Bücherei",
		"Atelier Fougère", "Kite Street School", "Harbour Light Theatre", "Second Spoke Bicycles", "Moss & Daughter Garden Design", "山の茶屋", "Ζαχαροπλαστείο Ήλιος"}
	units   = []string{"", "", "Front desk", "Accounts", "Workshop", "Kitchen", "Rédaction"}
	titles  = []string{"", "", "Manager", "Librarian", "Engineer", "Nurse", "Baker", "Teacher", "Gärtnerin", "Directrice"}
	streets = []string{"Mill Lane", "Station Road", "Lindenallee", "Rue des Écoles", "Kirkegata", "Market Square", "Via Roma"}
	labels  = []string{"Friends", "Family", "Work", "Choir", "Neighbours", "Football", "Réunion, annual"}
	notes   = []string{
		"Met at the summer fair.\nLikes strong coffee; no sugar.",
		"Has our spare key.",
		"Allergic to nuts!",
		"Ring twice, then wait.\n\nThe bell is broken, and the dog is friendly.",
		"Prefers e-mail over the telephone.",
		"Größe 42; Lieblingsfarbe: grün",
	}
	phoneLabels = []string{"Boat", "Front gate", "Été"}
)
