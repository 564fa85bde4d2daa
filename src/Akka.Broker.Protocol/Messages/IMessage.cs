namespace Akka.Broker.Protocol.Messages;

/// <summary>A request or response body of one API (or a persisted structure of the same encoding), in any of the versions that its schema names.</summary>
public interface IMessage
{
    /// <summary>Fills this message from the bytes. A field that the version does not have keeps its default.</summary>
    /// <exception cref="MalformedMessageException">The bytes are not such a message.</exception>
    void Read(ref MessageReader reader, short version);

    /// <summary>Writes the version's encoding.</summary>
    /// <exception cref="NotSupportedException">A field that is set has no place in the version and may not be left out.</exception>
    void Write(MessageWriter writer, short version);
}

/// <summary>A request body; its schema says which API it belongs to.</summary>
public interface IRequest : IMessage
{
    static abstract ApiKey ApiKey { get; }

    /// <summary>The same, of a request whose type is not known.</summary>
    ApiKey Api { get; }
}

/// <summary>A response body.</summary>
public interface IResponse : IMessage;

/// <summary>A response that says for how long its client is to be quiet.</summary>
public interface IThrottledResponse : IResponse
{
    int ThrottleTimeMs { get; set; }
}

/// <summary>A structure that is persisted, or that clients exchange through the broker.</summary>
public interface IData : IMessage
{
    static abstract short LowestVersion { get; }

    static abstract short HighestVersion { get; }
}
