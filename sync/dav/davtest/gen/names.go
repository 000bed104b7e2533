package gen

// culture is a script with names to put together from it.
type culture struct {
	given, family []string
	familyFirst   bool
	cities        []string
	country       string
	phone         string // prefix of numbers; the rest is drawn
}

// The lists hold common given and family names and are combined at random.
var cultures = []culture{
	{
		given:  []string{"Alice", "Benjamin", "Charlotte", "Daniel", "Emily", "Frederick", "Grace", "Henry", "Isobel", "Jack", "Kate", "Liam", "Maeve", "Nora", "Oliver", "Poppy"},
		family: []string{"Archer", "Baker", "Carter", "Draper", "Fletcher", "Gardener", "Harper", "Mason", "Miller", "Potter", "Shepherd", "Tanner", "Turner", "Weaver"},
		cities: []string{"Bristol", "Leeds", "York"}, country: "United Kingdom", phone: "+44 7700 900",
	},
	{
		given:  []string{"Jürgen", "Käthe", "Björn", "Änne", "Lukas", "Mia", "Sören", "Grete", "Jörg", "Zoë", "Günter", "Heike"},
		family: []string{"Müller", "Schäfer", "Köhler", "Weiß", "Größ", "Jäger", "Böhm", "Schröder", "Brückner", "Zimmermann"},
		cities: []string{"München", "Köln", "Görlitz"}, country: "Deutschland", phone: "+49 30 23125 ",
	},
	{
		given:  []string{"Zoé", "François", "Hélène", "Jérôme", "Anaïs", "Loïc", "Maëlle", "Benoît"},
		family: []string{"Lefèvre", "Béranger", "Château", "Forêt", "Garçon", "Noël", "Prévost"},
		cities: []string{"Besançon", "Orléans", "Nîmes"}, country: "France", phone: "+33 1 99 00 ",
	},
	{
		given:  []string{"Łukasz", "Małgorzata", "Świętosława", "Żaneta", "Jiří", "Šárka", "Dvořka", "Őrs", "Ágnes"},
		family: []string{"Wiśniewski", "Dąbrowska", "Černý", "Řezníček", "Szűcs", "Kőműves", "Żak"},
		cities: []string{"Łódź", "Plzeň", "Győr"}, country: "Polska", phone: "+48 555 01 ",
	},
	{
		given:  []string{"伟", "芳", "秀英", "敏", "静", "磊", "洋", "艳"},
		family: []string{"王", "李", "张", "刘", "陈", "杨", "欧阳"}, familyFirst: true,
		cities: []string{"北京", "上海", "成都"}, country: "中国", phone: "+86 10 5550 ",
	},
	{
		given:  []string{"さくら", "健太", "陽子", "大輔", "美咲", "蓮"},
		family: []string{"佐藤", "鈴木", "高橋", "田中", "伊藤"}, familyFirst: true,
		cities: []string{"東京", "京都", "札幌"}, country: "日本", phone: "+81 3 5550 ",
	},
	{
		given:  []string{"Алексей", "Ольга", "Дмитрий", "Наталья", "Сергей", "Ксения"},
		family: []string{"Кузнецов", "Мельник", "Гончар", "Рыбак", "Ткач"},
		cities: []string{"Казань", "Тула", "Псков"}, country: "Россия", phone: "+7 495 555 ",
	},
	{
		given:  []string{"Νίκος", "Ελένη", "Γιώργος", "Μαρία", "Σοφία"},
		family: []string{"Μυλωνάς", "Ράπτης", "Ψαράς", "Σιδεράς"},
		cities: []string{"Αθήνα", "Πάτρα", "Βόλος"}, country: "Ελλάδα", phone: "+30 210 555 ",
	},
	{
		given:  []string{"محمد", "فاطمة", "يوسف", "ليلى", "عمر"},
		family: []string{"النجار", "الحداد", "الخياط", "الصياد"},
		cities: []string{"القاهرة", "عمان", "تونس"}, country: "مصر", phone: "+20 2 555 ",
	},
	{
		given:  []string{"אבי", "רות", "דוד", "מרים", "נועם"},
		family: []string{"נפח", "חייט", "סנדלר", "כורם"},
		cities: []string{"חיפה", "עכו"}, country: "ישראל", phone: "+972 3 555 ",
	},
	{
		given:  []string{"Nguyễn Thị", "Văn", "Hồng", "Đức", "Thảo"},
		family: []string{"Trần", "Lê", "Phạm", "Đặng"}, familyFirst: true,
		cities: []string{"Huế", "Đà Nẵng"}, country: "Việt Nam", phone: "+84 24 555 ",
	},
	{
		given:  []string{"राज", "अनिता", "सुनील", "प्रिया"},
		family: []string{"सोनार", "लोहार", "कुम्हार", "माली"},
		cities: []string{"पुणे", "जयपुर"}, country: "भारत", phone: "+91 22 555 ",
	},
}

var organisations = []string{
	"Northwind Bakery", "Harbour & Sons", "Blue Door Books", "Atelier Nuage", "Kettle; Pan and Co.", "Werkstatt Ährenfeld",
	"Second Street Clinic", "Riverside School", "Tea House, Upper Floor", "Verein für Brückenbau", "青空書店", "Кафе «Весна»",
}

var titles = []string{"Baker", "Engineer", "Doctor", "Teacher", "Head of Sales", "Librarian", "Gardener", "Conductor", "Bookkeeper", "校长"}

var sentences = []string{
	"Met at the summer fair, likes long walks.", "Prefers to be called in the evening.", "Allergic to nuts; careful with cake.",
	"Has the keys of the boat house.", "Send the invoice by letter, not by mail.", "Speaks French, German and a little Japanese.",
	"Moved here in spring; the old address is not valid any more.", "Plays the cello (second desk).", "Birthday party was a great success ☕🎂.",
	"Owes us one dinner, and we owe two.", "Wrote the recipe on page 12, third shelf.", "Ask about the bicycle before winter comes.",
	"Knows everybody in the choir and all their dogs.", "The parcel goes to the neighbours on the left.",
}

var subjects = []string{
	"Team meeting", "Dentist", "Piano lesson", "Choir rehearsal", "Parents' evening", "Yoga", "Call with the accountant", "Market day",
	"Book club", "Swimming", "Abendessen bei Köhlers", "Réunion d'équipe", "週次ミーティング", "Встреча выпускников", "Flight to Łódź",
	"Bring the car to the garage", "Garden club", "Board games night", "Fire drill", "Release day 🚀",
}

var tasks = []string{
	"Water the plants", "Write to the landlord", "Renew the library card", "Buy paint (white, 5 l)", "Back up the photos", "Sort the bills",
	"Fix the bicycle's brake", "Book a table for six", "Call the insurance", "Rücksendung zur Post bringen", "図書館の本を返す", "Clean the gutters",
}

var places = []string{"Room 4, second floor", "Town hall", "Café Größenwahn", "At home", "Platform 7", "会議室 3", "Riverside School; gym", "https://meet.example.org/room-42"}

var categories = []string{"Family", "Work", "Friends", "Club", "Travel", "Health", "School"}
