extension Formulary {
    /// Hormone replacement for women and men. Testosterone is on schedule III.
    static let hormones: [ProductLine] = [
        ProductLine(
            "TCY", "Testosterone Cypionate Vial", .injectable,
            "Testosterone Cypionate {strength} {size}ml ({total}) in Grapeseed Oil Vial", schedule: "3",
            fee: 1500, ["200mg/ml": 480, "100mg/ml": 410], sizes: [5, 10]),
        ProductLine(
            "TEN", "Testosterone Enanthate Vial", .injectable,
            "Testosterone Enanthate {strength} {size}ml ({total}) in Sesame Oil Vial", schedule: "3",
            fee: 1500, ["200mg/ml": 520], sizes: [5, 10]),
        ProductLine(
            "TCR", "Testosterone Cream", .cream, "Testosterone {strength} Cream {size}g in Topi-Click", schedule: "3",
            fee: 1500, ["4mg/g": 95, "200mg/g": 210], sizes: [30, 60]),
        ProductLine(
            "BIE", "Bi-Est Cream", .cream, "Estriol/Estradiol 80:20 {strength} Cream {size}g in Topi-Click",
            fee: 1400, ["1.25mg/g": 98, "2.5mg/g": 112, "5mg/g": 131], sizes: [30]),
        ProductLine(
            "E2V", "Estradiol Vaginal Cream", .cream, "Estradiol {strength} Vaginal Cream {size}g with Applicator",
            fee: 1400, ["0.1mg/g": 120], sizes: [30, 45]),
        ProductLine(
            "E3V", "Estriol Vaginal Cream", .cream, "Estriol {strength} Vaginal Cream {size}g with Applicator",
            fee: 1400, ["1mg/g": 118], sizes: [30, 60]),
        ProductLine(
            "E2I", "Estradiol Valerate Vial", .injectable,
            "Estradiol Valerate {strength} {size}ml ({total}) in Castor Oil Vial",
            fee: 1500, ["20mg/ml": 860, "40mg/ml": 1240], sizes: [5]),
        ProductLine(
            "PGS", "Progesterone SR Capsule", .capsule, "Progesterone Micronized {strength} Slow-Release Capsule",
            fee: 1000, ["50mg": 66, "100mg": 74, "200mg": 92], sizes: [30, 90]),
        ProductLine(
            "PGC", "Progesterone Cream", .cream, "Progesterone Micronized {strength} Cream {size}g in Topi-Click",
            fee: 1400, ["50mg/g": 88, "100mg/g": 104], sizes: [30, 60]),
        ProductLine(
            "DHE", "DHEA SR Capsule", .capsule, "Prasterone {strength} Slow-Release Capsule",
            fee: 900, ["10mg": 52, "25mg": 57], sizes: [60]),
        ProductLine(
            "ANA", "Anastrozole Capsule", .capsule, "Anastrozole {strength} Capsule",
            fee: 900, ["0.125mg": 155, "0.25mg": 162, "0.5mg": 170], sizes: [12]),
        ProductLine(
            "ENC", "Enclomiphene Capsule", .capsule, "Enclomiphene Citrate {strength} Capsule",
            fee: 1200, ["12.5mg": 165, "25mg": 198], sizes: [30]),
    ]

    /// Troches, creams and injections for sexual dysfunction.
    static let sexualHealth: [ProductLine] = [
        ProductLine(
            "SIT", "Sildenafil Troche", .troche, "Sildenafil Citrate {strength} Troche",
            fee: 1200, ["50mg": 165, "100mg": 190], sizes: [10, 30]),
        ProductLine(
            "TAT", "Tadalafil Troche", .troche, "Tadalafil {strength} Troche",
            fee: 1200, ["10mg": 170, "20mg": 205], sizes: [10, 30]),
        ProductLine(
            "STT", "Sildenafil/Tadalafil Troche", .troche, "Sildenafil/Tadalafil {strength} Troche",
            fee: 1400, ["40/10mg": 215, "60/20mg": 245], sizes: [10]),
        ProductLine(
            "TRI", "Tri-Mix Vial", .injectable, "Papaverine/Phentolamine/Alprostadil {strength} {size}ml Vial",
            fee: 3000, ["30mg/1mg/10mcg/ml": 1150], sizes: [5, 10]),
        ProductLine(
            "BRE", "Bremelanotide Vial", .injectable, "Bremelanotide {strength} {size}ml ({total}) Vial",
            fee: 2500, ["10mg/ml": 3900], sizes: [1, 2]),
        ProductLine(
            "SCR", "Sildenafil Topical Cream", .cream,
            "Sildenafil/Aminophylline/Arginine {strength} Cream {size}g in Topi-Click",
            fee: 1800, ["2/3/6%": 160], sizes: [15, 30]),
    ]
}
