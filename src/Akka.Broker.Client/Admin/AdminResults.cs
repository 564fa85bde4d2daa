using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Akka.Broker.Client.Admin;

/// <summary>
/// What came of each item of a call that answers with values. Items fail one by one: a call that returns says nothing about them;
/// <see cref="OrThrow"/> is for whoever wants all or an exception.
/// </summary>
public sealed class AdminResults<TKey, TValue> : IReadOnlyDictionary<TKey, AdminResult<TValue>> where TKey : notnull
{
    private readonly Dictionary<TKey, AdminResult<TValue>> _items;

    internal AdminResults(Dictionary<TKey, AdminResult<TValue>> items) => _items = items;

    public int Count => _items.Count;

    public bool IsSuccess => _items.Values.All(item => item.IsSuccess);

    public IEnumerable<TKey> Keys => _items.Keys;

    public IEnumerable<AdminResult<TValue>> Values => _items.Values;

    public AdminResult<TValue> this[TKey key] => _items[key];

    /// <summary>The values of all items.</summary>
    /// <exception cref="BrokerClientException">An item failed; of several the first is the one that is thrown.</exception>
    public IReadOnlyDictionary<TKey, TValue> OrThrow() => _items.ToDictionary(item => item.Key, item => item.Value.Value);

    public bool ContainsKey(TKey key) => _items.ContainsKey(key);

    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out AdminResult<TValue> value) => _items.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<TKey, AdminResult<TValue>>> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>What came of each item of a call that has nothing to answer but success: null, or why it failed.</summary>
public sealed class AdminResults<TKey> : IReadOnlyDictionary<TKey, BrokerClientException?> where TKey : notnull
{
    private readonly Dictionary<TKey, BrokerClientException?> _items;

    internal AdminResults(Dictionary<TKey, BrokerClientException?> items) => _items = items;

    public int Count => _items.Count;

    public bool IsSuccess => _items.Values.All(error => error is null);

    public IEnumerable<TKey> Keys => _items.Keys;

    public IEnumerable<BrokerClientException?> Values => _items.Values;

    public BrokerClientException? this[TKey key] => _items[key];

    /// <exception cref="BrokerClientException">An item failed; of several the first is the one that is thrown.</exception>
    public void OrThrow()
    {
        foreach (var error in _items.Values)
        {
            if (error is not null)
                throw error;
        }
    }

    public bool ContainsKey(TKey key) => _items.ContainsKey(key);

    public bool TryGetValue(TKey key, out BrokerClientException? value) => _items.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<TKey, BrokerClientException?>> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>For <c>await admin.CreateTopicsAsync(…).OrThrow()</c>.</summary>
public static class AdminResultsExtensions
{
    /// <inheritdoc cref="AdminResults{TKey,TValue}.OrThrow"/>
    public static async Task<IReadOnlyDictionary<TKey, TValue>> OrThrow<TKey, TValue>(this Task<AdminResults<TKey, TValue>> results) where TKey : notnull =>
        (await results.ConfigureAwait(false)).OrThrow();

    /// <inheritdoc cref="AdminResults{TKey}.OrThrow"/>
    public static async Task OrThrow<TKey>(this Task<AdminResults<TKey>> results) where TKey : notnull =>
        (await results.ConfigureAwait(false)).OrThrow();
}
