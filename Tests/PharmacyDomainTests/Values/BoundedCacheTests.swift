import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("A bounded cache")
struct BoundedCacheTests {
    private func cache(_ capacity: Int, _ numbers: some Sequence<Int>) -> BoundedCache<Int, String> {
        var cache = BoundedCache<Int, String>(capacity: capacity)
        for number in numbers { cache.insert("\(number)", for: number) }
        return cache
    }

    @Test("returns what was inserted")
    func lookup() {
        let cache = cache(3, 1...3)
        #expect(cache[2] == "2")
        #expect(cache[4] == nil)
        #expect(cache.count == 3)
    }

    @Test("removes the oldest value when it is full")
    func eviction() {
        var cache = cache(3, 1...3)
        #expect(cache.insert("4", for: 4) == ["1"])
        #expect(Array(cache.keys) == [2, 3, 4])
    }

    @Test("keeps a value's age when it is looked up or replaced")
    func preservesAge() {
        var cache = cache(2, 1...2)
        #expect(cache[1] == "1")
        #expect(cache.insert("one", for: 1).isEmpty)
        #expect(cache.insert("3", for: 3) == ["one"])
    }

    @Test("renews a value's age when it is used")
    func use() {
        var cache = cache(2, 1...2)
        #expect(cache.use(1) == "1")
        #expect(cache.use(9) == nil)
        #expect(cache.insert("3", for: 3) == ["2"])
        #expect(cache[1] == "1")
    }

    @Test("keeps values that are not removable, and removes them once they are")
    func removable() {
        var cache = cache(2, 1...2)
        #expect(cache.insert("3", for: 3, removing: { $0 == "2" }) == ["2"])
        #expect(cache.insert("4", for: 4, removing: { _ in false }).isEmpty)
        #expect(cache.count == 3)
        #expect(cache.removeOldest() == ["1"])
        #expect(cache.removeOldest().isEmpty)
    }

    @Test("changes a value in place")
    func update() {
        var cache = cache(2, 1...2)
        #expect(
            cache.update(1) { value -> Int in
                value += "!"
                return value.count
            } == 2)
        #expect(cache.update(9) { $0 = "" } == nil)
        #expect(cache[1] == "1!")
    }

    @Test("removes single values, some of them, and all")
    func removal() {
        var cache = cache(9, 1...6)
        #expect(cache.removeValue(for: 6) == "6")
        #expect(cache.removeValue(for: 6) == nil)
        cache.removeAll { key, value in key.isMultiple(of: 2) && value != "4" }
        #expect(Array(cache.values) == ["1", "3", "4", "5"])
        cache.removeAll()
        #expect(cache.isEmpty)
    }

    @Test("holds at least one value")
    func leastCapacity() {
        let cache = cache(0, 1...2)
        #expect(cache.capacity == 1)
        #expect(Array(cache.keys) == [2])
    }

    @Test("of a large capacity removes a sixteenth of it at once")
    func largeCapacity() {
        var cache = cache(1_600, 1...1_600)
        #expect(cache.insert("", for: 0).count == 101)
        #expect(cache.count == 1_500)
        #expect(cache.keys.first == 102)
    }

    @Test("never exceeds its capacity, and loses the oldest first, whatever is done to it", arguments: 1...20)
    func randomOperations(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var cache = BoundedCache<Int, Int>(capacity: Int.random(in: 1...20, using: &generator))
        var order: [Int] = []
        for value in 0..<500 {
            let key = Int.random(in: 0..<40, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0:
                if cache.use(key) != nil {
                    order.removeAll { $0 == key }
                    order.append(key)
                }
            case 1:
                cache.removeValue(for: key)
                order.removeAll { $0 == key }
            default:
                cache.insert(value, for: key)
                if !order.contains(key) { order.append(key) }
                order.removeFirst(max(0, order.count - cache.capacity))
                #expect(cache[key] == value)
            }
            #expect(Array(cache.keys) == order)
        }
    }
}
