extension Formulary {
    /// GLP-1 and GIP agonists with their adjuvants. The first product is the guide's example.
    static let weightManagement: [ProductLine] = [
        ProductLine(
            "TZN", "Tirzepatide w/ NAD+ Vial", .injectable,
            "Tirzepatide {strength} {size}ml ({total}) w/ NAD+ Vial",
            fee: 2000, ["20mg/ml": 5600, "10mg/ml": 3800], sizes: [3, 4]),
        ProductLine(
            "TZB", "Tirzepatide w/ B12 Vial", .injectable,
            "Tirzepatide {strength} {size}ml ({total}) w/ Cyanocobalamin 0.5mg/ml Vial",
            fee: 2000, ["10mg/ml": 3600, "20mg/ml": 5200], sizes: [2, 3]),
        ProductLine(
            "TZG", "Tirzepatide w/ Glycine Vial", .injectable,
            "Tirzepatide {strength} {size}ml ({total}) w/ Glycine 5mg/ml Vial",
            fee: 2000, ["10mg/ml": 3500, "20mg/ml": 5100], sizes: [2, 4]),
        ProductLine(
            "SMB", "Semaglutide w/ B12 Vial", .injectable,
            "Semaglutide {strength} {size}ml ({total}) w/ Cyanocobalamin 0.5mg/ml Vial",
            fee: 1800, ["2.5mg/ml": 2900, "5mg/ml": 4400], sizes: [1, 2, 4]),
        ProductLine(
            "SMN", "Semaglutide w/ NAD+ Vial", .injectable,
            "Semaglutide {strength} {size}ml ({total}) w/ NAD+ Vial",
            fee: 1800, ["2.5mg/ml": 3200, "5mg/ml": 4700], sizes: [2, 4]),
        ProductLine(
            "SMT", "Semaglutide Sublingual Drops", .solution,
            "Semaglutide {strength} Sublingual Drops {size}ml ({total})",
            fee: 2200, ["1.5mg/ml": 1900], sizes: [4, 8]),
        ProductLine(
            "NBP", "Naltrexone/Bupropion Capsule", .capsule,
            "Naltrexone/Bupropion HCl {strength} Slow-Release Capsule",
            fee: 1200, ["8/65mg": 62], sizes: [60, 120]),
    ]

    /// Vitamins, coenzymes and amino acids for injection.
    static let vitamins: [ProductLine] = [
        ProductLine(
            "NAD", "NAD+ Vial", .injectable, "NAD+ {strength} {size}ml ({total}) Vial",
            fee: 1500, ["100mg/ml": 900, "200mg/ml": 1450], sizes: [5, 10]),
        ProductLine(
            "NDN", "NAD+ Nasal Spray", .nasalSpray, "NAD+ {strength} Nasal Spray {size}ml ({total})",
            fee: 1800, ["50mg/ml": 420, "100mg/ml": 560], sizes: [15]),
        ProductLine(
            "MCB", "Methylcobalamin Vial", .injectable, "Methylcobalamin {strength} {size}ml ({total}) Vial",
            fee: 1000, ["1mg/ml": 110, "5mg/ml": 170], sizes: [10, 30]),
        ProductLine(
            "HCB", "Hydroxocobalamin Vial", .injectable, "Hydroxocobalamin {strength} {size}ml ({total}) Vial",
            fee: 1000, ["1mg/ml": 120], sizes: [10, 30]),
        ProductLine(
            "LPC", "Lipo-C Vial", .injectable,
            "Methionine/Inositol/Choline/Cyanocobalamin {strength} {size}ml Vial",
            fee: 1200, ["15/50/100/1mg/ml": 260], sizes: [10, 30]),
        ProductLine(
            "GLU", "Glutathione Vial", .injectable, "Glutathione {strength} {size}ml ({total}) Vial",
            fee: 1200, ["200mg/ml": 310], sizes: [10, 30]),
        ProductLine(
            "LCN", "Levocarnitine Vial", .injectable, "Levocarnitine {strength} {size}ml ({total}) Vial",
            fee: 1200, ["500mg/ml": 240], sizes: [10, 30]),
        ProductLine(
            "ASC", "Ascorbic Acid Vial", .injectable,
            "Ascorbic Acid {strength} {size}ml ({total}) Vial, Preservative Free",
            fee: 1100, ["500mg/ml": 95], sizes: [30, 50]),
        ProductLine(
            "BIO", "Biotin Vial", .injectable, "Biotin {strength} {size}ml ({total}) Vial",
            fee: 1100, ["10mg/ml": 280], sizes: [10]),
    ]

    /// Secretagogues and other peptides.
    static let peptides: [ProductLine] = [
        ProductLine(
            "SER", "Sermorelin Vial", .injectable, "Sermorelin Acetate {strength} {size}ml ({total}) Vial",
            fee: 2500, ["2mg/ml": 1500, "3mg/ml": 1950], sizes: [3, 5]),
        ProductLine(
            "GON", "Gonadorelin Vial", .injectable, "Gonadorelin Acetate {strength} {size}ml ({total}) Vial",
            fee: 2000, ["0.2mg/ml": 980], sizes: [5, 10]),
    ]

    /// Off-label uses of ketamine and low-dose naltrexone.
    static let mentalHealth: [ProductLine] = [
        ProductLine(
            "KTT", "Ketamine Troche", .troche, "Ketamine HCl {strength} Troche", schedule: "3",
            fee: 2500, ["50mg": 210, "100mg": 265, "200mg": 340], sizes: [10, 30]),
        ProductLine(
            "KRD", "Ketamine Rapid Dissolve Tablet", .rapidDissolveTablet,
            "Ketamine HCl {strength} Rapid Dissolve Tablet", schedule: "3",
            fee: 2500, ["100mg": 280, "150mg": 325], sizes: [12]),
        ProductLine(
            "LDN", "Low Dose Naltrexone Capsule", .capsule, "Naltrexone HCl {strength} Capsule",
            fee: 900, ["0.5mg": 58, "1.5mg": 61, "3mg": 65, "4.5mg": 69], sizes: [30, 90]),
    ]

    /// Slow-release thyroid hormones.
    static let thyroid: [ProductLine] = [
        ProductLine(
            "T3S", "Liothyronine SR Capsule", .capsule, "Liothyronine Sodium {strength} Slow-Release Capsule",
            fee: 1000, ["5mcg": 64, "10mcg": 68, "25mcg": 76], sizes: [30]),
        ProductLine(
            "T43", "Levothyroxine/Liothyronine Capsule", .capsule,
            "Levothyroxine/Liothyronine Sodium {strength} Slow-Release Capsule",
            fee: 1100, ["38/9mcg": 79, "76/18mcg": 88], sizes: [30]),
    ]
}
