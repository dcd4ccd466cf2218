extension Formulary {
    /// The manufactured generics of an ordinary pharmacy.
    static let generics: [ProductLine] = [
        ProductLine(
            "AMX", "Amoxicillin Capsule", .capsule, "Amoxicillin {strength} Capsule",
            fee: 500, ["500mg": 18], sizes: [21, 30]),
        ProductLine(
            "AZI", "Azithromycin Tablet", .tablet, "Azithromycin {strength} Tablet",
            fee: 600, ["250mg": 95], sizes: [6]),
        ProductLine(
            "DOX", "Doxycycline Hyclate Capsule", .capsule, "Doxycycline Hyclate {strength} Capsule",
            fee: 600, ["100mg": 42], sizes: [14, 20]),
        ProductLine(
            "NIT", "Nitrofurantoin Capsule", .capsule, "Nitrofurantoin Monohydrate/Macrocrystals {strength} Capsule",
            fee: 600, ["100mg": 88], sizes: [10]),
        ProductLine(
            "SXT", "Sulfamethoxazole/Trimethoprim DS Tablet", .tablet,
            "Sulfamethoxazole/Trimethoprim {strength} Tablet", fee: 500, ["800/160mg": 24], sizes: [6, 20]),
        ProductLine(
            "CEX", "Cephalexin Capsule", .capsule, "Cephalexin {strength} Capsule",
            fee: 500, ["500mg": 31], sizes: [28]),
        ProductLine(
            "MTZ", "Metronidazole Tablet", .tablet, "Metronidazole {strength} Tablet",
            fee: 500, ["500mg": 36], sizes: [14]),
        ProductLine(
            "FLU", "Fluconazole Tablet", .tablet, "Fluconazole {strength} Tablet",
            fee: 500, ["150mg": 260], sizes: [1, 2]),
        ProductLine(
            "VAL", "Valacyclovir Tablet", .tablet, "Valacyclovir HCl {strength} Tablet",
            fee: 700, ["500mg": 48, "1000mg": 79], sizes: [30]),
        ProductLine(
            "MET", "Metformin ER Tablet", .tablet, "Metformin HCl {strength} Extended-Release Tablet",
            fee: 500, ["500mg": 9], sizes: [60, 180]),
        ProductLine(
            "LIS", "Lisinopril Tablet", .tablet, "Lisinopril {strength} Tablet",
            fee: 400, ["10mg": 8, "20mg": 10], sizes: [30, 90]),
        ProductLine(
            "ATO", "Atorvastatin Tablet", .tablet, "Atorvastatin Calcium {strength} Tablet",
            fee: 500, ["20mg": 13, "40mg": 17], sizes: [30, 90]),
        ProductLine(
            "LEV", "Levothyroxine Tablet", .tablet, "Levothyroxine Sodium {strength} Tablet",
            fee: 500, ["25mcg": 14, "50mcg": 14, "75mcg": 15, "100mcg": 15], sizes: [30, 90]),
        ProductLine(
            "SRT", "Sertraline Tablet", .tablet, "Sertraline HCl {strength} Tablet",
            fee: 500, ["50mg": 12, "100mg": 15], sizes: [30, 90]),
        ProductLine(
            "ESC", "Escitalopram Tablet", .tablet, "Escitalopram Oxalate {strength} Tablet",
            fee: 500, ["10mg": 13], sizes: [30, 90]),
        ProductLine(
            "BUP", "Bupropion XL Tablet", .tablet, "Bupropion HCl {strength} Extended-Release (24 h) Tablet",
            fee: 600, ["150mg": 26, "300mg": 31], sizes: [30]),
        ProductLine(
            "HYZ", "Hydroxyzine Tablet", .tablet, "Hydroxyzine HCl {strength} Tablet",
            fee: 500, ["25mg": 12], sizes: [30]),
        ProductLine(
            "PRP", "Propranolol Tablet", .tablet, "Propranolol HCl {strength} Tablet",
            fee: 500, ["10mg": 11, "20mg": 13], sizes: [60]),
        ProductLine(
            "FIN", "Finasteride Tablet", .tablet, "Finasteride {strength} Tablet",
            fee: 600, ["1mg": 19, "5mg": 21], sizes: [30, 90]),
        ProductLine(
            "SIL", "Sildenafil Tablet", .tablet, "Sildenafil Citrate {strength} Tablet",
            fee: 600, ["50mg": 58, "100mg": 64], sizes: [10, 30]),
        ProductLine(
            "TAD", "Tadalafil Tablet", .tablet, "Tadalafil {strength} Tablet",
            fee: 600, ["5mg": 39], sizes: [30, 90]),
        ProductLine(
            "SPI", "Spironolactone Tablet", .tablet, "Spironolactone {strength} Tablet",
            fee: 500, ["50mg": 17, "100mg": 23], sizes: [30]),
        ProductLine(
            "EST", "Estradiol Tablet", .tablet, "Estradiol {strength} Tablet",
            fee: 500, ["1mg": 14, "2mg": 17], sizes: [30, 90]),
        ProductLine(
            "ESP", "Estradiol Patch", .patch, "Estradiol {strength} Transdermal System, Twice Weekly",
            fee: 1200, ["0.05mg/24hr": 520, "0.1mg/24hr": 545], sizes: [8]),
        ProductLine(
            "PRO", "Progesterone Capsule", .capsule, "Progesterone Micronized {strength} Capsule",
            fee: 700, ["100mg": 38, "200mg": 61], sizes: [30]),
        ProductLine(
            "NOR", "Norethindrone Tablet", .tablet, "Norethindrone {strength} Tablet",
            fee: 600, ["0.35mg": 29], sizes: [28, 84]),
        ProductLine(
            "TRC", "Tretinoin Cream", .cream, "Tretinoin {strength} Cream {size}g",
            fee: 1800, ["0.025%": 115, "0.05%": 124], sizes: [20]),
        ProductLine(
            "OND", "Ondansetron ODT", .rapidDissolveTablet, "Ondansetron {strength} Orally Disintegrating Tablet",
            fee: 600, ["4mg": 46], sizes: [10, 20]),
        ProductLine(
            "NTX", "Naltrexone Tablet", .tablet, "Naltrexone HCl {strength} Tablet",
            fee: 800, ["50mg": 92], sizes: [30]),
        ProductLine(
            "PHE", "Phentermine Tablet", .tablet, "Phentermine HCl {strength} Tablet", schedule: "4",
            fee: 700, ["37.5mg": 33], sizes: [30]),
        ProductLine(
            "TCV", "Testosterone Cypionate Vial", .injectable,
            "Testosterone Cypionate {strength} {size}ml ({total}) in Cottonseed Oil Vial", schedule: "3",
            fee: 1200, ["200mg/ml": 690], sizes: [1, 10]),
        ProductLine(
            "ALB", "Albuterol HFA Inhaler", .inhaler, "Albuterol Sulfate HFA {strength} Inhaler, 200 Actuations",
            fee: 800, ["90mcg": 2900], sizes: [1]),
    ]
}
