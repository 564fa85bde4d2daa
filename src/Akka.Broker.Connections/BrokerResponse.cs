using System.Buffers;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Connections;

/// <summary>
/// A response and the pooled array it was read from. <c>records</c> fields are slices of that array: they live until <see cref="Dispose"/>; all else in the
/// message is its own and may be kept. An array that is not disposed of goes to the garbage collector.
/// </summary>
public sealed class BrokerResponse<TResponse> : IDisposable
    where TResponse : IResponse
{
    private byte[]? _array;

    /// <param name="message">What was read.</param>
    /// <param name="version">The version in which it was asked and answered.</param>
    /// <param name="array">From the shared pool, and this response's from now on; null: the message's records lie elsewhere.</param>
    public BrokerResponse(TResponse message, short version, byte[]? array = null)
    {
        Message = message;
        Version = version;
        _array = array;
    }

    public TResponse Message { get; }

    public short Version { get; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _array, null) is { } array)
            ArrayPool<byte>.Shared.Return(array);
    }
}
