internal import PharmacyDomain

extension SettingsTable {
    static let names = Set(all.map(\.name))

    /// The names of settings whose values are never printed, also where swift-configuration logs what it reads.
    static let secrets = Set(all.filter(\.isSecret).map(\.name))

    /// The path of the file of settings, which only the environment and `--config` can set.
    static let fileVariable = "UP_CONFIG"

    private static let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }

    /// Prefixes of variables that the build and its tests use.
    private static let otherPrefixes = ["UP_LIBPQ", "UP_TEST_"]

    static func setting(_ name: String) -> Setting? { byName[name] }

    /// Whether an environment variable looks like a setting but is none.
    static func isUnknown(variable name: String) -> Bool {
        name.uppercased().hasPrefix("UP_") && !names.contains(name) && name != fileVariable
            && !otherPrefixes.contains(where: name.hasPrefix)
    }

    /// The setting with the most similar name; `nil` when none is similar.
    static func nearest(to name: String) -> String? { NearestName.of(name, among: names.sorted()) }
}
