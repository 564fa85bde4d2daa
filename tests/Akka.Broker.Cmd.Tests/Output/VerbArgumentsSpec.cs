using Akka.Broker.Cmd.Verbs;
using Petabridge.Cmd;

namespace Akka.Broker.Cmd.Tests.Output;

public sealed class VerbArgumentsSpec
{
    private static readonly Verb Verb = new VerbBuilder("v", "A verb for tests", _ => Task.CompletedTask)
        .Takes("size", "Bytes", "-s").Takes("ids", "Ids").Takes("count", "Number").Flag("yes", "Yes").TakesMany("set", "Settings").Build();

    [Theory]
    [InlineData("10", 10)]
    [InlineData("10KiB", 10 << 10)]
    [InlineData("2m", 2 << 20)]
    [InlineData("1GiB", 1 << 30)]
    public void Sizes_are_read_with_their_unit(string text, long bytes) => Assert.Equal(bytes, Of(("-s", text)).Bytes("size", 0));

    [Theory]
    [InlineData("many")]
    [InlineData("-1")]
    [InlineData("99999999999GiB")]
    public void A_size_that_is_none_is_refused(string text) =>
        Assert.Contains($"--size is '{text}'; allowed: ", Assert.Throws<VerbException>(() => Of(("--size", text)).Bytes("size", 0)).Message);

    [Fact]
    public void Numbers_are_bounded() =>
        Assert.Equal("--count is '11'; allowed: an integer from 1 to 10.", Assert.Throws<VerbException>(() => Of(("--count", "11")).Number("count", 5, 1, 10)).Message);

    [Fact]
    public void What_is_not_given_has_its_default()
    {
        var none = Of();
        Assert.Equal(5, none.Number("count", 5));
        Assert.Empty(none.Ints("ids"));
        Assert.False(none.Flag("yes"));
        Assert.Null(none.Optional("size"));
        Assert.Throws<VerbException>(() => none.Text("size"));
    }

    [Fact]
    public void Lists_and_flags_are_read()
    {
        var given = Of(("--ids", "3, 1,2"), ("--yes", "true"), ("--set", "a=1"), ("--set", "b=2"));
        Assert.Equal([3, 1, 2], given.Ints("ids"));
        Assert.True(given.Flag("yes"));
        Assert.Equal(["a=1", "b=2"], given.Many("set"));
        Assert.False(Of(("--yes", "false")).Flag("yes"));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1700000000000", 1700000000000)]
    [InlineData("2026-01-31T12:00:00Z", 1769860800000)]
    [InlineData("2026-01-31T13:00:00+01:00", 1769860800000)]
    public void Moments_are_unix_ms_or_iso(string text, long ms) => Assert.Equal(ms, VerbArguments.Moment("at", text));

    private static VerbArguments Of(params (string Switch, string Value)[] arguments) =>
        new(Verb.Definition, new Command("p", "v", arguments.Select(a => Tuple.Create(a.Switch, a.Value))));
}
