using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Admin.Calls;

/// <summary>Knows which broker answers for an item; asked anew in each round.</summary>
internal interface IBrokerLocator<TKey> where TKey : notnull
{
    /// <summary>An unknown topic may be one that was made a moment ago, whoever says that it is unknown.</summary>
    bool TopicsMayBeYoung { get; }

    /// <summary>A place for each of the keys.</summary>
    Task<IReadOnlyList<KeyValuePair<TKey, Place>>> LocateAsync(AdminCall call, IReadOnlyList<TKey> keys);
}

/// <summary>Which broker is to be asked, or why there is none.</summary>
internal readonly record struct Place(int? BrokerId, ErrorCode ErrorCode, string? Text)
{
    public static readonly Place Anywhere = At(AdminCall.AnyBroker);

    public static Place At(int brokerId) => new(brokerId, ErrorCode.None, null);

    public static Place Nowhere(ErrorCode code, string? text) => new(null, code, text);
}
