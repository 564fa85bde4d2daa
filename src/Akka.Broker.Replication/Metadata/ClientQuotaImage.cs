using System.Collections.Immutable;

namespace Akka.Broker.Replication.Metadata;

/// <summary>
/// The quotas that clients were given at run time. Immutable, and the same instance as long as none changes, so that who works with them can keep what it made of them.
/// <para>Invariant: no client is here without a quota.</para>
/// </summary>
public sealed class ClientQuotaImage
{
    private static readonly ImmutableSortedDictionary<string, double> None = ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);

    public static readonly ClientQuotaImage Empty = new(ImmutableSortedDictionary.Create<string, ImmutableSortedDictionary<string, double>>(StringComparer.Ordinal), None);

    private ClientQuotaImage(ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, double>> byClientId, ImmutableSortedDictionary<string, double> ofOthers) =>
        (ByClientId, OfOthers) = (byClientId, ofOthers);

    /// <summary>By client id: quotas of its own, by name.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, double>> ByClientId { get; }

    /// <summary>The default: what holds for each client id that has no such quota of its own.</summary>
    public ImmutableSortedDictionary<string, double> OfOthers { get; }

    public bool IsEmpty => ByClientId.IsEmpty && OfOthers.IsEmpty;

    /// <summary>What the client was given itself; the default for null. None if nothing.</summary>
    public ImmutableSortedDictionary<string, double> Own(string? clientId) => clientId is null ? OfOthers : ByClientId.GetValueOrDefault(clientId, None);

    /// <summary>Which quota holds for the client; null: none.</summary>
    public double? Find(string clientId, string quota) =>
        Own(clientId).TryGetValue(quota, out var own) ? own : OfOthers.TryGetValue(quota, out var other) ? other : null;

    /// <summary>With one quota changed; null takes it away.</summary>
    public ClientQuotaImage With(string? clientId, string quota, double? value)
    {
        var changed = value is { } given ? Own(clientId).SetItem(quota, given) : Own(clientId).Remove(quota);
        if (clientId is null)
            return new ClientQuotaImage(ByClientId, changed);
        return new ClientQuotaImage(changed.IsEmpty ? ByClientId.Remove(clientId) : ByClientId.SetItem(clientId, changed), OfOthers);
    }
}
