namespace Akka.Broker.Gateway.Sockets;

/// <summary>Works on requests for connections. Thread-safe.</summary>
internal interface IRequestDispatcher
{
    /// <summary>
    /// Starts one request and takes its frame over. Calls for one requester come one after another, in the order of its requests;
    /// what must keep that order is done before the first await.
    /// </summary>
    /// <exception cref="MalformedFrameException">Thrown, or in the task: the connection must be closed.</exception>
    ValueTask<ResponseFrame> DispatchAsync(RequestFrame frame, IRequester requester);
}

/// <summary>What all connections of a gateway share.</summary>
internal sealed record ConnectionServices(
    ConnectionLimits Limits,
    FrameMemory Memory,
    IRequestDispatcher Dispatcher,
    TimerWheel Wheel,
    TimeProvider Time,
    GatewayCounters Counters,
    IGatewayLog Log)
{
    /// <summary>Where requests are measured; null: nowhere.</summary>
    public RequestFigures? Requests { get; init; }

    /// <summary>What holds clients back.</summary>
    public IRequestQuota Quota { get; init; } = NoQuota.Instance;
}
