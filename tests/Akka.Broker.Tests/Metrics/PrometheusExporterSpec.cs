using System.Diagnostics.Metrics;
using Akka.Broker.Metrics;
using Akka.Broker.Tests.Gateway;

namespace Akka.Broker.Tests.Metrics;

public sealed class PrometheusExporterSpec
{
    [Fact]
    public void Counters_and_gauges_are_written_under_prometheus_names_with_unit_and_type()
    {
        using var context = new ExporterTestContext(meter =>
        {
            meter.Counter("akka.broker.topic.in.bytes", "By", "Bytes that came in.", () => [new Measurement<long>(7, new KeyValuePair<string, object?>("topic", "orders"))]);
            meter.Gauge("akka.broker.group.lag", "s", "How old.", () => [new Measurement<double>(1.5, new KeyValuePair<string, object?>("group.id", "g"))]);
            meter.Gauge("akka.broker.topics", null, "How many.", () => 3);
        });

        var page = context.Page();

        Assert.Contains("# HELP akka_broker_topic_in_bytes_total Bytes that came in.\n# TYPE akka_broker_topic_in_bytes_total counter\nakka_broker_topic_in_bytes_total{topic=\"orders\"} 7\n", page);
        Assert.Contains("# TYPE akka_broker_group_lag_seconds gauge\nakka_broker_group_lag_seconds{group_id=\"g\"} 1.5\n", page);
        Assert.Contains("# TYPE akka_broker_topics gauge\nakka_broker_topics 3\n", page);
        Assert.Contains("\ndotnet_gc_collections_total{", page);
    }

    [Fact]
    public void What_a_client_chose_as_a_name_cannot_break_the_format()
    {
        using var context = new ExporterTestContext(meter =>
            meter.Gauge("akka.broker.group.offset", null, "x", () => [new Measurement<long>(1, new KeyValuePair<string, object?>("group", "a\"b\\c\nd"))]));

        Assert.Equal(["akka_broker_group_offset{group=\"a\\\"b\\\\c\\nd\"} 1"], context.Samples());
    }

    [Fact]
    public void A_histogram_is_cumulated_and_appears_with_its_first_duration()
    {
        var time = new ManualTime();
        var family = new HistogramFamily("akka.broker.log.flush.duration", "x", time);
        var series = family.Add(new KeyValuePair<string, object?>("dir", "d"));
        using var context = new ExporterTestContext(meter => meter.Histogram(family));
        Assert.Empty(context.Samples());

        series.Record(TimeSpan.FromMilliseconds(1).Ticks);
        series.Record(TimeSpan.FromMilliseconds(3).Ticks);
        series.Record(TimeSpan.FromSeconds(60).Ticks);

        var samples = context.Samples();
        Assert.Equal(HistogramFamily.Seconds.Count + 3, samples.Length);
        Assert.Contains("akka_broker_log_flush_duration_seconds_bucket{dir=\"d\",le=\"0.0005\"} 0", samples);
        Assert.Contains("akka_broker_log_flush_duration_seconds_bucket{dir=\"d\",le=\"0.001\"} 1", samples);
        Assert.Contains("akka_broker_log_flush_duration_seconds_bucket{dir=\"d\",le=\"0.005\"} 2", samples);
        Assert.Contains("akka_broker_log_flush_duration_seconds_bucket{dir=\"d\",le=\"10\"} 2", samples);
        Assert.Contains("akka_broker_log_flush_duration_seconds_bucket{dir=\"d\",le=\"+Inf\"} 3", samples);
        Assert.Contains("akka_broker_log_flush_duration_seconds_sum{dir=\"d\"} 60.004", samples);
        Assert.Contains("akka_broker_log_flush_duration_seconds_count{dir=\"d\"} 3", samples);
    }

    [Fact]
    public void An_instrument_that_fails_costs_its_own_lines_and_is_counted()
    {
        using var context = new ExporterTestContext(meter =>
        {
            meter.Gauge("akka.broker.bad", null, "x", long () => throw new InvalidOperationException("gone"));
            meter.Gauge("akka.broker.good", null, "x", () => 1);
        });

        var page = context.Page();

        Assert.Contains("akka_broker_good 1\n", page);
        Assert.DoesNotContain("akka_broker_bad", page);
        Assert.Contains("akka_broker_collect_errors_total 1\n", page);
    }

    [Fact]
    public void Another_node_of_the_process_has_a_page_of_its_own()
    {
        using var one = new ExporterTestContext(meter => meter.Gauge("akka.broker.topics", null, "x", () => 1));
        using var other = new ExporterTestContext(meter => meter.Gauge("akka.broker.topics", null, "x", () => 2));

        Assert.Equal(["akka_broker_topics 1"], one.Samples());
        Assert.Equal(["akka_broker_topics 2"], other.Samples());
    }
}
