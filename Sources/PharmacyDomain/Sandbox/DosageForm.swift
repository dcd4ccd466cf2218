/// The form of a product and the unit of its quantity, in the words of the guide's catalog.
enum DosageForm: String, Sendable {
    case capsule = "Capsule"
    case cream = "Cream"
    case gel = "Gel"
    case inhaler = "Inhaler"
    case injectable = "Injectable"
    case nasalSpray = "Nasal Spray"
    case ointment = "Ointment"
    case patch = "Patch"
    case rapidDissolveTablet = "Rapid Dissolve Tablet"
    case solution = "Solution"
    case suppository = "Suppository"
    case tablet = "Tablet"
    case troche = "Troche"

    /// The `quantity_units` of a product in this form.
    var units: String {
        switch self {
        case .injectable, .nasalSpray, .solution: "Milliliter"
        case .cream, .gel, .ointment: "Gram"
        case .rapidDissolveTablet: "Tablet"
        case .inhaler: "Each"
        case .capsule, .patch, .suppository, .tablet, .troche: rawValue
        }
    }
}
