/// The price lists that the simulated pharmacies' catalogs are made of, by field of medicine.
enum Formulary {
    /// Everything a compounding pharmacy of the sandbox makes: 163 products.
    static let compounds: [ProductLine] =
        weightManagement + vitamins + peptides + hormones + sexualHealth + mentalHealth + thyroid + hair + skin + pain
}
