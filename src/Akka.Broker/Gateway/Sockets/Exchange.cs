using System.Runtime.CompilerServices;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway.Sockets;

/// <summary>
/// One request in work and its place in the order of responses. Reused by its <see cref="ResponseQueue"/>, which alone touches it under its lock;
/// waiting for a handler allocates nothing.
/// </summary>
internal sealed class Exchange
{
    private readonly ResponseQueue _queue;
    private readonly Action _onHandled;
    private ValueTaskAwaiter<ResponseFrame> _handling;

    public Exchange(ResponseQueue queue)
    {
        _queue = queue;
        _onHandled = OnHandled;
    }

    /// <summary>The next in the order, or in the list of unused ones.</summary>
    public Exchange? Next { get; set; }

    public int RequestBytes { get; set; }

    public ApiKey Api { get; set; }

    /// <summary>When the request was here whole, in ticks of the gateway's clock; this and the next two are of use only where requests are measured.</summary>
    public long ReceivedAt { get; set; }

    /// <summary>When its handler began.</summary>
    public long StartedAt { get; set; }

    /// <summary>When its handler had answered.</summary>
    public long AnsweredAt { get; set; }

    /// <summary>Who asked; null where nobody counts the time that requests take.</summary>
    public RequestContext? Asker { get; set; }

    /// <summary>For how long its handler had the connection's thread.</summary>
    public TimeSpan Handling { get; set; }

    public ResponseFrame Response { get; set; }

    public long ResponseBytes { get; set; }

    public bool IsDone { get; set; }

    public MeasuredRequest Measured => new(Api, RequestBytes, ReceivedAt, StartedAt, AnsweredAt);

    /// <summary>Completes this exchange when the handler does.</summary>
    public void Await(ValueTask<ResponseFrame> handling)
    {
        _handling = handling.GetAwaiter();
        if (_handling.IsCompleted)
            OnHandled();
        else
            _handling.UnsafeOnCompleted(_onHandled);
    }

    private void OnHandled()
    {
        var handling = _handling;
        _handling = default;
        ResponseFrame response;
        try
        {
            response = handling.GetResult();
        }
#pragma warning disable CA1031 // whatever a handler throws costs this connection only
        catch (Exception cause)
#pragma warning restore CA1031
        {
            _queue.Fail(this, cause);
            return;
        }
        // From here on this object may already serve another request.
        _queue.Complete(this, response);
    }
}
