using System.Diagnostics;
using System.Text;
using Akka.Broker.Client.Cluster;
using Akka.Broker.Client.Diagnostics;
using Akka.Broker.Client.Tests.Support;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Protocol.Tests;

namespace Akka.Broker.Client.Tests.Diagnostics;

/// <summary>Spans, their way through record headers, and figures, under OpenTelemetry's names.</summary>
[Collection(nameof(TelemetryListeners))]
public sealed class ClientTelemetrySpec
{
    private static readonly ProducerTelemetry Producer = new("app");
    private static readonly ConsumerTelemetry Consumer = new("app", "readers");

    [Fact]
    public void A_handled_record_is_in_the_trace_of_its_sender()
    {
        using var listener = new SpanListener("traced");
        RecordHeader[]? headers = [new RecordHeader("own", [1])];

        var sending = Producer.StartSend("traced", ref headers);
        ProducerTelemetry.EndSend(sending, 3, 42, null);
        var processing = Consumer.StartProcess(TimeProvider.System, new TopicPartition("traced", 3), 42, headers);
        var within = Activity.Current;
        processing.End(null);

        var send = listener.Spans.Single(span => span.Kind == ActivityKind.Producer);
        var process = listener.Spans.Single(span => span.Kind == ActivityKind.Consumer);
        Assert.Equal(("send traced", "process traced"), (send.DisplayName, process.DisplayName));
        Assert.Equal(send.TraceId, process.TraceId);
        Assert.Equal(send.SpanId, process.ParentSpanId);
        Assert.True(process.HasRemoteParent);
        Assert.Same(process, within);
        Assert.Equal(send.Id, Encoding.UTF8.GetString(headers!.Single(header => header.Key == "traceparent").Value!));
        Assert.Equal([1], headers!.Single(header => header.Key == "own").Value);
        AssertTags(
            process,
            ("messaging.system", "kafka"),
            ("messaging.operation.name", "process"),
            ("messaging.operation.type", "process"),
            ("messaging.destination.name", "traced"),
            ("messaging.destination.partition.id", "3"),
            ("messaging.kafka.offset", 42L),
            ("messaging.consumer.group.name", "readers"),
            ("messaging.client.id", "app"));
    }

    [Fact]
    public void A_send_within_a_span_belongs_to_it_and_does_not_become_current()
    {
        using var listener = new SpanListener("inner");
        using var request = new Activity("request") { TraceStateString = "vendor=1" }.Start();
        RecordHeader[]? headers = null;

        var sending = Producer.StartSend("inner", ref headers);

        Assert.Same(request, Activity.Current);
        Assert.Equal(request.SpanId, sending!.ParentSpanId);
        Assert.Equal("vendor=1", Encoding.UTF8.GetString(headers!.Single(header => header.Key == "tracestate").Value!));
        ProducerTelemetry.EndSend(sending, -1, -1, null);
    }

    [Fact]
    public void A_handler_within_a_span_of_its_own_is_linked_to_the_sender()
    {
        using var listener = new SpanListener("linked");
        RecordHeader[]? headers = null;
        var sending = Producer.StartSend("linked", ref headers);
        ProducerTelemetry.EndSend(sending, 0, 0, null);

        using (var batch = new Activity("batch").Start())
        {
            Consumer.StartProcess(TimeProvider.System, new TopicPartition("linked", 0), 0, headers).End(null);

            var process = listener.Spans.Single(span => span.Kind == ActivityKind.Consumer);
            Assert.Equal(batch.SpanId, process.ParentSpanId);
            Assert.Equal(sending!.SpanId, Assert.Single(process.Links).Context.SpanId);
        }
    }

    [Fact]
    public void A_forwarded_record_is_of_the_new_trace()
    {
        using var listener = new SpanListener("forwarded");
        RecordHeader[]? headers = [new RecordHeader("traceparent", "00-00000000000000000000000000000001-0000000000000001-01"u8.ToArray())];

        var sending = Producer.StartSend("forwarded", ref headers);

        Assert.Equal(sending!.Id, Encoding.UTF8.GetString(Assert.Single(headers!).Value!));
        ProducerTelemetry.EndSend(sending, 0, 0, null);
    }

    [Theory]
    [InlineData("no context at all")]
    [InlineData("00-short-01")]
    [InlineData("")]
    public void Headers_that_are_no_context_are_no_obstacle(string traceparent)
    {
        using var listener = new SpanListener("odd");

        Consumer.StartProcess(TimeProvider.System, new TopicPartition("odd", 0), 0, [new RecordHeader("traceparent", Encoding.UTF8.GetBytes(traceparent)), new RecordHeader("traceparent", null)]).End(null);

        Assert.Equal(default, Assert.Single(listener.Spans).ParentSpanId);
    }

    [Fact]
    public void Failures_are_told_by_Kafkas_names_and_by_types()
    {
        using var listener = new SpanListener("failing");
        RecordHeader[]? headers = null;
        var sending = Producer.StartSend("failing", ref headers);
        ProducerTelemetry.EndSend(sending, -1, -1, new BrokerClientException(ErrorCode.MessageTooLarge, "too large"));
        Consumer.StartProcess(TimeProvider.System, new TopicPartition("failing", 0), 0, null).End(new FormatException("odd"));

        var spans = listener.Spans.ToArray();
        Assert.All(spans, span => Assert.Equal(ActivityStatusCode.Error, span.Status));
        Assert.Equal("MessageTooLarge", spans[0].GetTagItem("error.type"));
        Assert.Equal("System.FormatException", spans[1].GetTagItem("error.type"));
        Assert.Null(spans[0].GetTagItem("messaging.destination.partition.id"));
    }

    [Fact]
    public void Figures_have_the_names_units_and_attributes_that_dashboards_know()
    {
        using var listener = new FigureListener();
        var time = new ManualTime();
        var broker = new BrokerNode(1, "host-counted", 9092, null);
        ProducerTelemetry.BatchDone("counted", 300, 25, ErrorCode.None);
        ProducerTelemetry.BatchDone("counted", 1, 2, ErrorCode.NotEnoughReplicas);
        ProducerTelemetry.RequestDone(broker, 20, ErrorCode.None);
        Consumer.Consumed(new TopicPartition("counted", 1), Batches(3, 4));
        Consumer.CommitDone(broker, 3, ErrorCode.RebalanceInProgress);
        var processing = Consumer.StartProcess(time, new TopicPartition("counted", 1), 0, null);
        time.Advance(TimeSpan.FromMilliseconds(250));
        processing.End(null);

        var figures = listener.Figures.Where(figure =>
            Equals(figure.Tags.GetValueOrDefault("messaging.destination.name"), "counted") || Equals(figure.Tags.GetValueOrDefault("server.address"), "host-counted")).ToArray();
        Assert.Collection(
            figures,
            f => AssertFigure(f, "messaging.client.sent.messages", "{message}", 25, ("messaging.destination.partition.id", "300")),
            f => AssertFigure(f, "messaging.client.sent.messages", "{message}", 2, ("error.type", "NotEnoughReplicas")),
            f => AssertFigure(f, "messaging.client.operation.duration", "s", 0.02, ("server.port", 9092), ("messaging.operation.name", "send")),
            f => AssertFigure(f, "messaging.client.consumed.messages", "{message}", 7, ("messaging.consumer.group.name", "readers")),
            f => AssertFigure(f, "messaging.client.operation.duration", "s", 0.003, ("messaging.operation.type", "settle"), ("error.type", "RebalanceInProgress")),
            f => AssertFigure(f, "messaging.process.duration", "s", 0.25, ("messaging.operation.name", "process")));
        Assert.All(figures, figure => Assert.Equal("kafka", figure.Tags["messaging.system"]));
    }

    [Fact]
    public void Nothing_is_made_while_nobody_listens()
    {
        RecordHeader[]? headers = null;
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 100; i++)
                TellAll(ref headers);
        }));
        Assert.Null(headers);
    }

    private static byte[] Batches(params int[] recordCounts)
    {
        var bytes = new List<byte>();
        foreach (var count in recordCounts)
        {
            using var builder = new RecordBatchBuilder(new RecordBatchOptions());
            for (var i = 0; i < count; i++)
                builder.Append(0, NullableBytes.Null, NullableBytes.Null, []);
            bytes.AddRange(builder.Build().ToArray());
        }

        return [.. bytes];
    }

    private static void TellAll(ref RecordHeader[]? headers)
    {
        if (ProducerTelemetry.IsTracing)
            ProducerTelemetry.EndSend(Producer.StartSend("quiet", ref headers), 0, 0, null);
        ProducerTelemetry.BatchDone("quiet", 1000, 1, ErrorCode.None);
        ProducerTelemetry.RequestDone(null, 1, ErrorCode.None);
        Consumer.Consumed(new TopicPartition("quiet", 1000), default);
        Consumer.FetchDone(null, 1, ErrorCode.None);
        if (ConsumerTelemetry.IsWatched)
            Consumer.StartProcess(TimeProvider.System, new TopicPartition("quiet", 1000), 0, headers).End(null);
    }

    private static void AssertTags(Activity span, params (string Name, object Value)[] tags) =>
        Assert.All(tags, tag => Assert.Equal(tag.Value, span.GetTagItem(tag.Name)));

    private static void AssertFigure(Figure figure, string instrument, string unit, double value, params (string Name, object Value)[] tags)
    {
        Assert.Equal((instrument, unit), (figure.Instrument, figure.Unit));
        Assert.Equal(value, figure.Value, 6);
        Assert.All(tags, tag => Assert.Equal(tag.Value, figure.Tags[tag.Name]));
    }
}
