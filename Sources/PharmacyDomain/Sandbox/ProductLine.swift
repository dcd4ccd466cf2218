/// One line of a simulated pharmacy's price list: a medicine in each of its strengths and package sizes.
struct ProductLine: Sendable {
    /// The start of the line's product codes.
    let code: String
    let name: String
    let form: DosageForm
    /// The formulation, with the placeholders `{strength}`, `{size}` and `{total}` (the active substance in the whole package).
    let formulation: String
    /// `L` for a legend drug that is not controlled; `2` to `5` for schedules C-II to C-V of the Controlled Substances
    /// Act, as NCPDP's one-digit codes have it: one character, like the guide's `L`.
    let schedule: String
    /// The price for preparing one package of any size, in cents.
    let fee: Int
    /// Each strength, and the price of one unit of it (a milliliter, a gram, a tablet), in cents.
    let strengths: KeyValuePairs<String, Int>
    let sizes: [Int]

    init(
        _ code: String, _ name: String, _ form: DosageForm, _ formulation: String, schedule: String = "L", fee: Int,
        _ strengths: KeyValuePairs<String, Int>, sizes: [Int]
    ) {
        self.code = code
        self.name = name
        self.form = form
        self.formulation = formulation
        self.schedule = schedule
        self.fee = fee
        self.strengths = strengths
        self.sizes = sizes
    }

    /// The products of the line: strength by strength, each in all sizes, numbered from 1 in their codes.
    /// - Parameter percent: of the list price, that this pharmacy charges.
    func products(type: SimulatedProduct.Kind, percent: Int) -> [SimulatedProduct] {
        var products: [SimulatedProduct] = []
        for (strength, centsPerUnit) in strengths {
            for size in sizes {
                products.append(
                    SimulatedProduct(
                        code: code + "-" + ASCIIDigits.text(products.count + 1, width: 2), name: name,
                        strength: strength, form: form, formulation: formulation(strength: strength, size: size),
                        quantity: size, schedule: schedule, type: type,
                        baseCents: (fee + centsPerUnit * size) * percent / 100))
            }
        }
        return products
    }

    private func formulation(strength: String, size: Int) -> String {
        formulation
            .replacing("{strength}", with: strength)
            .replacing("{size}", with: String(size))
            .replacing("{total}", with: ProductLine.total(of: strength, size: size))
    }

    /// The active substance in `size` units of `strength`: 3 of `20mg/ml` contain `60mg`, 4 of `2.5mg/ml` contain `10mg`.
    private static func total(of strength: String, size: Int) -> String {
        let number = strength.prefix { $0.isNumber || $0 == "." }
        let unit = strength.dropFirst(number.count).prefix { $0 != "/" }
        let tenths = Int(((Double(number) ?? 0) * 10).rounded()) * size
        return "\(tenths / 10)" + (tenths.isMultiple(of: 10) ? "" : ".\(tenths % 10)") + unit
    }
}
