using Akka.Broker.Cmd.Output;

namespace Akka.Broker.Cmd.Tests.Output;

public sealed class ReportSpec
{
    [Fact]
    public void A_table_aligns_numbers_right_and_shows_what_is_missing()
    {
        var report = Report.Of(["topic", "bytes", "in sync"], [["a", new ByteCount(5), new[] { 1, 2 }], ["long", new ByteCount(3 << 20), Array.Empty<int>()], ["c", null, new[] { 3 }]]);

        Assert.Equal("TOPIC    BYTES  IN SYNC\na          5 B  1,2\nlong   3.0 MiB  -\nc            -  3", report.ToText());
    }

    [Fact]
    public void An_empty_table_says_so() => Assert.Equal("TOPIC\n(none)", Report.Of(["topic"], []).ToText());

    [Fact]
    public void A_lone_table_is_an_array_in_json() =>
        Assert.Equal("""[{"topic":"a","logEnd":5,"ok":true,"none":null}]""", Flat(Report.Of(["topic", "log end", "ok", "none"], [["a", 5L, true, null]])));

    [Fact]
    public void Fields_and_titled_tables_are_one_object_in_json() =>
        Assert.Equal(
            """{"group":"g","lagSeconds":1.5,"partitions":[{"bytes":7,"ids":[1,2]}],"at":"1970-01-01T00:00:00.001Z"}""",
            Flat(new Report().Field("group", "g").Field("lag seconds", TimeSpan.FromSeconds(1.5)).Table("partitions", ["bytes", "ids"], [[new ByteCount(7), new[] { 1, 2 }]]).Field("at", new Moment(1))));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(5L << 40, "5.0 TiB")]
    public void Bytes_have_a_unit(long bytes, string text) => Assert.Equal(text, new ByteCount(bytes).ToString());

    private static string Flat(Report report) => string.Concat(report.ToJson().Split('\n').Select(l => l.TrimStart())).Replace("\": ", "\":", StringComparison.Ordinal);
}
