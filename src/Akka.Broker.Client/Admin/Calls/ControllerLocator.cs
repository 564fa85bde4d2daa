namespace Akka.Broker.Client.Admin.Calls;

/// <summary>
/// What the controller decides: any broker takes the question to it. Only where brokers do not do that (Kafka before KRaft refuses with NOT_CONTROLLER) is
/// the controller itself asked from the second round on.
/// </summary>
internal sealed class ControllerLocator<TKey> : IBrokerLocator<TKey> where TKey : notnull
{
    private readonly ControllerPlace _place = new();

    public bool TopicsMayBeYoung => false;

    public async Task<IReadOnlyList<KeyValuePair<TKey, Place>>> LocateAsync(AdminCall call, IReadOnlyList<TKey> keys)
    {
        var brokerId = await _place.NextAsync(call).ConfigureAwait(false);
        return [.. keys.Select(key => KeyValuePair.Create(key, Place.At(brokerId)))];
    }
}

/// <summary>Whom to ask in the first and in further rounds of what the controller decides.</summary>
internal sealed class ControllerPlace
{
    private int _rounds;

    public async Task<int> NextAsync(AdminCall call)
    {
        // Odd rounds turn to the controller that the metadata names, even ones to any broker, so that a wrong name does not hold up everything.
        if (_rounds++ % 2 == 0)
            return AdminCall.AnyBroker;
        var view = await call.RefreshAsync().ConfigureAwait(false);
        return view.ControllerId >= 0 ? view.ControllerId : AdminCall.AnyBroker;
    }
}
