using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway;

/// <summary>Says how long a client is to be held back. Thread-safe.</summary>
public interface IRequestQuota
{
    /// <summary>Whether the time that requests take is of interest to anybody now.</summary>
    bool CountsTime { get; }

    /// <summary>Counts a request or response and returns for how long the client's connection is to be muted; 0: not at all.</summary>
    /// <param name="context">Who asked.</param>
    /// <param name="apiKey">Produce or Fetch.</param>
    /// <param name="bytes">Of the records that were sent or are answered.</param>
    int BytesThrottleTimeMs(RequestContext context, ApiKey apiKey, long bytes);

    /// <summary>For how long the client's connection is to be muted for the time that its requests before have taken; 0: not at all.</summary>
    int TimeThrottleTimeMs(RequestContext context);

    /// <summary>A request has taken so much time of a thread.</summary>
    void OnHandled(RequestContext context, TimeSpan time);
}

/// <summary>Nobody is held back.</summary>
public sealed class NoQuota : IRequestQuota
{
    public static readonly NoQuota Instance = new();

    public bool CountsTime => false;

    public int BytesThrottleTimeMs(RequestContext context, ApiKey apiKey, long bytes) => 0;

    public int TimeThrottleTimeMs(RequestContext context) => 0;

    public void OnHandled(RequestContext context, TimeSpan time)
    {
    }
}
