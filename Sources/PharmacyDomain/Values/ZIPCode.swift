/// Where ZIP codes are, as far as their first three digits tell (USPS Publication 65, sectional center facilities).
package enum ZIPCode {
    /// The states that a ZIP code may be in: more than one where a prefix crosses a border, none for one that is not in use.
    /// - Parameter zip: five or nine digits.
    package static func states(of zip: String) -> [String] {
        var prefix = 0
        for byte in zip.utf8.prefix(3) {
            guard ASCIIDigits.isDigit(byte) else { return [] }
            prefix = prefix * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return areas.filter { $0.prefixes.contains(prefix) }.map(\.state)
    }

    private static func area(_ state: String, _ prefixes: ClosedRange<Int>) -> (
        state: String, prefixes: ClosedRange<Int>
    ) {
        (state, prefixes)
    }

    private static let areas: [(state: String, prefixes: ClosedRange<Int>)] = [
        area("NY", 5...5), area("PR", 6...7), area("VI", 8...8), area("PR", 9...9), area("MA", 10...27),
        area("RI", 28...29), area("NH", 30...38), area("ME", 39...49), area("VT", 50...54), area("MA", 55...55),
        area("VT", 56...59), area("CT", 60...69), area("NY", 63...63), area("NJ", 70...89), area("AE", 90...98),
        area("NY", 100...149), area("PA", 150...196), area("DE", 197...199), area("DC", 200...205),
        area("VA", 200...201), area("MD", 205...219), area("VA", 220...246), area("WV", 247...268),
        area("NC", 269...289), area("SC", 290...299), area("GA", 300...319), area("FL", 320...339),
        area("AA", 340...340), area("FL", 341...349), area("AL", 350...369), area("TN", 370...385),
        area("MS", 386...397), area("GA", 398...399), area("KY", 400...427), area("OH", 430...459),
        area("IN", 460...479), area("MI", 480...499), area("IA", 500...528), area("WI", 530...549),
        area("MN", 550...567), area("DC", 569...569), area("SD", 570...577), area("ND", 580...588),
        area("MT", 590...599), area("IL", 600...629), area("MO", 630...658), area("KS", 660...679),
        area("NE", 680...693), area("LA", 700...715), area("AR", 716...729), area("OK", 730...749),
        area("TX", 733...733), area("TX", 750...799), area("CO", 800...816), area("WY", 820...831),
        area("MT", 821...821), area("ID", 832...838), area("WY", 834...834), area("UT", 840...847),
        area("AZ", 845...845), area("AZ", 850...865), area("NM", 870...884), area("TX", 885...885),
        area("NV", 889...898), area("CA", 900...961), area("AP", 962...966), area("HI", 967...968),
        area("AS", 967...967), area("GU", 969...969), area("MP", 969...969), area("PW", 969...969),
        area("FM", 969...969), area("MH", 969...969), area("OR", 970...979), area("WA", 980...994),
        area("AK", 995...999),
    ]
}
