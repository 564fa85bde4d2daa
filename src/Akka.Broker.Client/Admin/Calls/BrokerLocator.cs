using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Admin.Calls;

/// <summary>What a broker answers about itself: the items are brokers' ids.</summary>
internal sealed class BrokerLocator : IBrokerLocator<int>
{
    public static readonly BrokerLocator Instance = new();

    public bool TopicsMayBeYoung => false;

    public async Task<IReadOnlyList<KeyValuePair<int, Place>>> LocateAsync(AdminCall call, IReadOnlyList<int> keys)
    {
        var view = await call.RefreshAsync().ConfigureAwait(false);
        // Not BROKER_NOT_AVAILABLE, which would be waited for: the caller named it, or it has just left.
        return [.. keys.Select(key => KeyValuePair.Create(
            key,
            view.Brokers.ContainsKey(key) ? Place.At(key) : Place.Nowhere(ErrorCode.BrokerIdNotRegistered, "no such broker is up.")))];
    }
}
