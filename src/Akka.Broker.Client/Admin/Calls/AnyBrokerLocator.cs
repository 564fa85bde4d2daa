namespace Akka.Broker.Client.Admin.Calls;

/// <summary>What every broker answers alike.</summary>
internal sealed class AnyBrokerLocator<TKey>(bool topicsMayBeYoung) : IBrokerLocator<TKey> where TKey : notnull
{
    public bool TopicsMayBeYoung => topicsMayBeYoung;

    public Task<IReadOnlyList<KeyValuePair<TKey, Place>>> LocateAsync(AdminCall call, IReadOnlyList<TKey> keys) =>
        Task.FromResult<IReadOnlyList<KeyValuePair<TKey, Place>>>([.. keys.Select(key => KeyValuePair.Create(key, Place.Anywhere))]);
}
