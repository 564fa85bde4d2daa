using System.Buffers.Binary;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Connections;

/// <summary>A request that was sent and waits for its answer. The connection's, under its lock; completing is done once, outside.</summary>
internal abstract class PendingResponse(ApiKey apiKey, short version, int correlationId, long deadline)
{
    public ApiKey ApiKey { get; } = apiKey;

    public short Version { get; } = version;

    public int CorrelationId { get; } = correlationId;

    /// <summary>As <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Deadline { get; } = deadline;

    /// <summary>Reads the response and takes its array over.</summary>
    /// <exception cref="MalformedMessageException">It is none; the array is the caller's still.</exception>
    public abstract void Complete(byte[] array, int length);

    public abstract void Fail(Exception cause);
}

/// <summary>The same, with the type of the answer.</summary>
internal sealed class PendingResponse<TResponse>(ApiKey apiKey, short version, int correlationId, long deadline)
    : PendingResponse(apiKey, version, correlationId, deadline)
    where TResponse : IResponse, new()
{
    private readonly TaskCompletionSource<BrokerResponse<TResponse>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<BrokerResponse<TResponse>> Answer => _answer.Task;

    public override void Complete(byte[] array, int length)
    {
        var reader = new MessageReader(array.AsMemory(0, length));
        ResponseHeader.Read(ref reader, ApiKey, Version);
        var message = new TResponse();
        if (ApiKey == ApiKey.ApiVersions && ReadsUnsupported(array, length))
        {
            // Who does not know the version that was asked in says so in version 0, and perhaps which versions it does know.
            message.Read(ref reader, 0);
        }
        else
        {
            message.Read(ref reader, Version);
            reader.ExpectEnd();
        }
        var response = new BrokerResponse<TResponse>(message, Version, array);
        if (!_answer.TrySetResult(response))
            response.Dispose();
    }

    private static bool ReadsUnsupported(byte[] array, int length) =>
        length >= 6 && BinaryPrimitives.ReadInt16BigEndian(array.AsSpan(4)) == (short)ErrorCode.UnsupportedVersion;

    public override void Fail(Exception cause) => _answer.TrySetException(cause);

    /// <summary>Nobody waits any more: the answer is dropped when it comes.</summary>
    public void Cancel(CancellationToken cancelled) => _answer.TrySetCanceled(cancelled);
}
