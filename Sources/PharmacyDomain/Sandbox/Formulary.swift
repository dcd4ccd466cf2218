/// The price lists of the simulated pharmacies, by field of medicine.
enum Formulary {
    /// All 163 products of a compounding pharmacy of the sandbox.
    static let compounds: [ProductLine] =
        weightManagement + vitamins + peptides + hormones + sexualHealth + mentalHealth + thyroid + hair + skin + pain
}
