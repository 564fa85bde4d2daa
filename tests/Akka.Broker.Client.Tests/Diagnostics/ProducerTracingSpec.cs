using System.Diagnostics;
using Akka.Broker.Client.Tests.Producer;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Client.Tests.Diagnostics;

/// <summary>A producer's records are spans from send to report.</summary>
[Collection(nameof(TelemetryListeners))]
public sealed class ProducerTracingSpec : IAsyncDisposable
{
    private readonly ProducerTestContext _context = new();

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    [Fact]
    public async Task A_record_that_is_delivered_ends_its_span_with_its_place()
    {
        using var listener = new SpanListener("spanned");
        _context.Cluster.SetTopic("spanned", 1, 1);
        await _context.Producer.SendAsync(new ProducerRecord<string?, string?>("spanned", "k", "v") { Partition = 1, Headers = [new RecordHeader("own", [1])] });

        var span = Assert.Single(listener.Spans);
        Assert.Equal(("send spanned", ActivityKind.Producer), (span.DisplayName, span.Kind));
        Assert.Equal("1", span.GetTagItem("messaging.destination.partition.id"));
        Assert.Equal(0L, span.GetTagItem("messaging.kafka.offset"));
    }

    [Fact]
    public async Task A_record_that_is_refused_ends_its_span_with_the_reason()
    {
        using var listener = new SpanListener("refusing");
        _context.Cluster.SetTopic("refusing", 1);
        _context.Logs.Before = (_, _, _) => ErrorCode.MessageTooLarge;

        await Assert.ThrowsAnyAsync<BrokerClientException>(async () => await _context.SendAsync("v", topic: "refusing"));

        var span = Assert.Single(listener.Spans);
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Equal("MessageTooLarge", span.GetTagItem("error.type"));
    }

    [Fact]
    public async Task Batches_and_requests_are_counted()
    {
        using var listener = new FigureListener();
        _context.Cluster.SetTopic("figured", 1);
        await _context.SendAsync("v", topic: "figured");

        var sent = Assert.Single(listener.Figures, f => Equals(f.Tags.GetValueOrDefault("messaging.destination.name"), "figured"));
        Assert.Equal(("messaging.client.sent.messages", 1d), (sent.Instrument, sent.Value));
    }
}
