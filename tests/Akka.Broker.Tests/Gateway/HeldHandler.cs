using System.Threading.Channels;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Tests.Gateway;

/// <summary>Serves ListOffsets by holding each request until the test answers it. The answer carries as many partitions as the test asks for.</summary>
internal sealed class HeldHandler : RequestHandler<ListOffsetsRequest, ListOffsetsResponse>
{
    private readonly Channel<Held> _arrived = Channel.CreateUnbounded<Held>();

    public override (short Min, short Max) Versions => (1, 7);

    public int Count => _arrived.Reader.Count;

    public override ValueTask<ListOffsetsResponse> HandleAsync(ListOffsetsRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        var held = new Held(request, context, connectionClosed);
        Assert.True(_arrived.Writer.TryWrite(held));
        return new ValueTask<ListOffsetsResponse>(held.Answer.Task);
    }

    /// <summary>The next request, in the order of arrival.</summary>
    public ValueTask<Held> NextAsync() => _arrived.Reader.ReadAsync();

    internal sealed record Held(ListOffsetsRequest Request, RequestContext Context, CancellationToken Closed)
    {
        public TaskCompletionSource<ListOffsetsResponse> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Complete(int topics = 0, int throttleTimeMs = 0) =>
            Answer.TrySetResult(new ListOffsetsResponse
            {
                ThrottleTimeMs = throttleTimeMs,
                Topics = [.. Enumerable.Range(0, topics).Select(i => new ListOffsetsResponse.ListOffsetsTopicResponse { Name = new string('t', 1000) })],
            });
    }
}
