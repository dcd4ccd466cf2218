package enum Gender: String, CaseIterable, Sendable {
    case male = "M"
    case female = "F"
    case unknown = "U"
}
