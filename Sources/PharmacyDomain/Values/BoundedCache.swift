package import OrderedCollections

/// Values by key, up to a number of them: when another is inserted, the oldest are removed.
///
/// The age of a value is that of its insertion, unless `use` renews it. So a lookup (`subscript`) changes nothing, and a cache
/// in which all values are valid for the same time loses first what expires first. The cache has no lock and no clock: its
/// owner has both.
///
/// Its methods are inlinable so that other modules specialize them: a lookup costs as much as in a dictionary.
package struct BoundedCache<CacheKey: Hashable, Value> {
    /// The most values that the cache holds, 1 or more.
    package let capacity: Int
    @usableFromInline package var entries: OrderedDictionary<CacheKey, Value> = [:]

    @inlinable
    package init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    @inlinable package var count: Int { entries.count }

    @inlinable package var isEmpty: Bool { entries.isEmpty }

    /// The keys, the oldest first.
    @inlinable package var keys: some Collection<CacheKey> { entries.keys }

    /// The values, the oldest first.
    @inlinable package var values: some Collection<Value> { entries.values }

    /// The keys with their values, the oldest first.
    @inlinable package var elements: some Collection<(key: CacheKey, value: Value)> { entries.elements }

    @inlinable
    package subscript(_ key: CacheKey) -> Value? { entries[key] }

    /// The value of a key, which counts as inserted now. Takes time in proportion to `count`: for caches of some hundred
    /// values whose loss is expensive.
    @inlinable
    package mutating func use(_ key: CacheKey) -> Value? {
        guard let value = entries.removeValue(forKey: key) else { return nil }
        entries[key] = value
        return value
    }

    /// Inserts a value, or replaces the key's value, which keeps its age.
    /// - Parameter isRemovable: whether a value may be removed to make room; by default, all may. While too few are, the cache
    ///   exceeds its capacity.
    /// - Returns: the values that were removed to make room.
    @inlinable @discardableResult
    package mutating func insert(
        _ value: Value, for key: CacheKey, removing isRemovable: (Value) -> Bool = { _ in true }
    ) -> [Value] {
        entries[key] = value
        return entries.count > capacity ? removeOldest(isRemovable) : []
    }

    /// Changes a value in place. Its age stays the same.
    /// - Returns: `nil` where the cache does not hold the key.
    @inlinable @discardableResult
    package mutating func update<Result>(_ key: CacheKey, _ change: (inout Value) -> Result) -> Result? {
        guard let index = entries.index(forKey: key) else { return nil }
        return change(&entries.values[index])
    }

    /// Removes the oldest removable values until the cache is within its capacity. A cache of 1,024 values or more loses
    /// another sixteenth of them: a removal takes time in proportion to `count`, and so an insertion takes constant time on
    /// average.
    /// - Returns: the removed values, the oldest first.
    @inlinable @discardableResult
    package mutating func removeOldest(_ isRemovable: (Value) -> Bool = { _ in true }) -> [Value] {
        let excess = entries.count - capacity
        guard excess > 0 else { return [] }
        var left = excess + (capacity >= 1_024 ? capacity / 16 : 0)
        var removed: [Value] = []
        entries.removeAll { entry in
            guard left > 0, isRemovable(entry.value) else { return false }
            left -= 1
            removed.append(entry.value)
            return true
        }
        return removed
    }

    @inlinable @discardableResult
    package mutating func removeValue(for key: CacheKey) -> Value? { entries.removeValue(forKey: key) }

    @inlinable
    package mutating func removeAll() { entries = [:] }

    @inlinable
    package mutating func removeAll(where isObsolete: (CacheKey, Value) -> Bool) {
        entries.removeAll { isObsolete($0.key, $0.value) }
    }
}

extension BoundedCache: Sendable where CacheKey: Sendable, Value: Sendable {}
