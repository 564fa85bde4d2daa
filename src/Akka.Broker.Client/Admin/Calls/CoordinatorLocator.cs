using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Admin.Calls;

/// <summary>What the coordinator of a group answers.</summary>
/// <param name="groupOf">The group that an item belongs to.</param>
internal sealed class CoordinatorLocator<TKey>(Func<TKey, string> groupOf) : IBrokerLocator<TKey> where TKey : notnull
{
    public bool TopicsMayBeYoung => false;

    public async Task<IReadOnlyList<KeyValuePair<TKey, Place>>> LocateAsync(AdminCall call, IReadOnlyList<TKey> keys)
    {
        var groups = keys.Select(groupOf).Distinct().ToArray();
        var places = await Task.WhenAll(groups.Select(group => FindAsync(call, group))).ConfigureAwait(false);
        var placeOf = groups.Zip(places).ToDictionary(found => found.First, found => found.Second);
        return [.. keys.Select(key => KeyValuePair.Create(key, placeOf[groupOf(key)]))];
    }

    private static async Task<Place> FindAsync(AdminCall call, string group)
    {
        // Version 3 is the last that asks for one key alone, and every release serves it.
        var response = await call.AskAsync<FindCoordinatorResponse>(
            AdminCall.AnyBroker, new FindCoordinatorRequest { Key = group }, versionMax: 3).ConfigureAwait(false);
        return response.ErrorCode == ErrorCode.None
            ? Place.At(response.NodeId)
            : Place.Nowhere(response.ErrorCode, response.ErrorMessage);
    }
}
