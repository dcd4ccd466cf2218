extension Formulary {
    /// Hair loss: topical solutions and the capsules that go with them.
    static let hair: [ProductLine] = [
        ProductLine(
            "MFS", "Minoxidil/Finasteride Solution", .solution,
            "Minoxidil/Finasteride {strength} Topical Solution {size}ml",
            fee: 1500, ["5/0.1%": 72, "7/0.1%": 84], sizes: [30, 60]),
        ProductLine(
            "MFT", "Minoxidil/Finasteride/Tretinoin Solution", .solution,
            "Minoxidil/Finasteride/Tretinoin {strength} Topical Solution {size}ml",
            fee: 1600, ["7/0.1/0.0125%": 96], sizes: [30, 60]),
        ProductLine(
            "MDS", "Minoxidil/Dutasteride Solution", .solution,
            "Minoxidil/Dutasteride {strength} Topical Solution {size}ml",
            fee: 1600, ["7/0.1%": 108], sizes: [30, 60]),
        ProductLine(
            "MXC", "Minoxidil Capsule", .capsule, "Minoxidil {strength} Capsule",
            fee: 800, ["1.25mg": 42, "2.5mg": 46], sizes: [30, 90]),
        ProductLine(
            "MFC", "Minoxidil/Finasteride Capsule", .capsule, "Minoxidil/Finasteride {strength} Capsule",
            fee: 900, ["2.5/1mg": 63], sizes: [90]),
    ]

    /// Acne, rosacea, melasma and aging skin.
    static let skin: [ProductLine] = [
        ProductLine(
            "TRT", "Tretinoin Cream", .cream, "Tretinoin {strength} Cream {size}g",
            fee: 1200, ["0.025%": 90, "0.05%": 98, "0.1%": 110], sizes: [20, 45]),
        ProductLine(
            "TNH", "Tretinoin/Niacinamide Cream", .cream,
            "Tretinoin/Niacinamide/Hyaluronic Acid {strength} Cream {size}g",
            fee: 1400, ["0.025/4/0.5%": 118, "0.05/4/0.5%": 126], sizes: [30]),
        ProductLine(
            "TCN", "Tretinoin/Clindamycin Gel", .gel, "Tretinoin/Clindamycin/Niacinamide {strength} Gel {size}g",
            fee: 1400, ["0.025/1/4%": 122], sizes: [30]),
        ProductLine(
            "HQT", "Hydroquinone/Tretinoin Cream", .cream,
            "Hydroquinone/Tretinoin/Hydrocortisone {strength} Cream {size}g",
            fee: 1500, ["4/0.025/1%": 132, "6/0.05/1%": 144, "8/0.05/1%": 158], sizes: [30]),
        ProductLine(
            "AMI", "Azelaic Acid/Metronidazole/Ivermectin Cream", .cream,
            "Azelaic Acid/Metronidazole/Ivermectin {strength} Cream {size}g",
            fee: 1500, ["15/1/1%": 148], sizes: [30]),
        ProductLine(
            "SPC", "Spironolactone Cream", .cream, "Spironolactone {strength} Cream {size}g",
            fee: 1300, ["5%": 102], sizes: [30, 60]),
        ProductLine(
            "E3F", "Estriol Face Cream", .cream, "Estriol {strength} Anti-Aging Cream {size}g",
            fee: 1400, ["0.3%": 124], sizes: [30]),
    ]

    /// Pain, anaesthesia, and what else a compounding pharmacy prepares for the skin.
    static let pain: [ProductLine] = [
        ProductLine(
            "BLT", "Benzocaine/Lidocaine/Tetracaine Cream", .cream,
            "Benzocaine/Lidocaine/Tetracaine {strength} Cream {size}g",
            fee: 1500, ["20/6/4%": 105], sizes: [30, 60]),
        ProductLine(
            "DBC", "Diclofenac/Baclofen/Cyclobenzaprine Cream", .cream,
            "Diclofenac/Baclofen/Cyclobenzaprine/Lidocaine {strength} Cream {size}g",
            fee: 1800, ["3/2/2/5%": 92], sizes: [60, 120]),
        ProductLine(
            "NFL", "Nifedipine/Lidocaine Ointment", .ointment,
            "Nifedipine/Lidocaine {strength} Rectal Ointment {size}g",
            fee: 1500, ["0.3/1.5%": 138], sizes: [30]),
        ProductLine(
            "BOR", "Boric Acid Suppository", .suppository, "Boric Acid {strength} Vaginal Suppository",
            fee: 900, ["600mg": 95], sizes: [14, 30]),
        ProductLine(
            "FTI", "Fluconazole/Terbinafine Nail Solution", .solution,
            "Fluconazole/Terbinafine/Ibuprofen in DMSO {strength} Nail Solution {size}ml",
            fee: 1600, ["2/2/2%": 185], sizes: [15]),
    ]
}
