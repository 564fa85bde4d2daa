using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway;

/// <summary>Says how long a client is to be held back. Thread-safe.</summary>
public interface IRequestQuota
{
    /// <summary>Counts a request or response and returns for how long the client's connection is to be muted; 0: not at all.</summary>
    /// <param name="context">Who asked.</param>
    /// <param name="apiKey">Produce or Fetch.</param>
    /// <param name="bytes">Of the records that were sent or are answered.</param>
    int ThrottleTimeMs(RequestContext context, ApiKey apiKey, long bytes);
}

/// <summary>Nobody is held back.</summary>
public sealed class NoQuota : IRequestQuota
{
    public static readonly NoQuota Instance = new();

    public int ThrottleTimeMs(RequestContext context, ApiKey apiKey, long bytes) => 0;
}
