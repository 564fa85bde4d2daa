using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Akka.Broker.Gateway.Sockets;

/// <summary>One file-to-socket send, awaitable and reused: what .NET offers for sendfile is a <see cref="SocketAsyncEventArgs"/>.</summary>
internal sealed class FilePackets : SocketAsyncEventArgs, IValueTaskSource<int>
{
    private const int PooledMax = 64;

    private static readonly ConcurrentQueue<FilePackets> Pool = [];

    private readonly SendPacketsElement[] _elements = new SendPacketsElement[1];
    private ManualResetValueTaskSourceCore<int> _completion = new() { RunContinuationsAsynchronously = false };

    private FilePackets()
        : base(true)
    {
    }

    public static FilePackets Rent() => Pool.TryDequeue(out var packets) ? packets : new FilePackets();

    /// <summary>After a send that succeeded. A failed one is left to the garbage collector.</summary>
    public void Return()
    {
        _elements[0] = null!;
        SendPacketsElements = null;
        if (Pool.Count < PooledMax)
            Pool.Enqueue(this);
        else
            Dispose();
    }

    /// <returns>How many bytes left, fewer than <paramref name="count"/> if the file is shorter.</returns>
    public ValueTask<int> SendAsync(Socket socket, FileStream file, long position, int count)
    {
        _completion.Reset();
        _elements[0] = new SendPacketsElement(file, position, count);
        SendPacketsElements = _elements;
        if (socket.SendPacketsAsync(this))
            return new ValueTask<int>(this, _completion.Version);
        return SocketError == SocketError.Success
            ? new ValueTask<int>(BytesTransferred)
            : ValueTask.FromException<int>(new SocketException((int)SocketError));
    }

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        if (SocketError == SocketError.Success)
            _completion.SetResult(BytesTransferred);
        else
            _completion.SetException(new SocketException((int)SocketError));
    }

    int IValueTaskSource<int>.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);
}
