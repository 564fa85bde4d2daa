using Akka.Configuration;

namespace Akka.Runtime.Tests.Configuration;

public sealed class ConfigSpec
{
    [Theory]
    [InlineData("200ms", 200)]
    [InlineData("\"5 s\"", 5_000)]
    [InlineData("1 minute", 60_000)]
    [InlineData("2h", 7_200_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("250", 250)]
    [InlineData("0ms", 0)]
    [InlineData("3 days", 259_200_000)]
    public void Durations_have_units_or_are_milliseconds(string text, long milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), ConfigurationFactory.ParseString($"a = {text}").GetTimeSpan("a"));

    [Fact]
    public void Infinite_is_a_duration_where_allowed()
    {
        var config = ConfigurationFactory.ParseString("a = infinite");
        Assert.Equal(Timeout.InfiniteTimeSpan, config.GetTimeSpan("a"));
        Assert.ThrowsAny<Exception>(() => config.GetTimeSpan("a", null, allowInfinite: false));
    }

    [Theory]
    [InlineData("100b", 100)]
    [InlineData("128000b", 128_000)]
    [InlineData("128k", 131_072)]
    [InlineData("4MiB", 4_194_304)]
    [InlineData("\"100 MiB\"", 104_857_600)]
    [InlineData("1GB", 1_000_000_000)]
    [InlineData("512", 512)]
    public void Sizes_have_units_or_are_bytes(string text, long bytes) =>
        Assert.Equal(bytes, ConfigurationFactory.ParseString($"a = {text}").GetByteSize("a"));

    [Theory]
    [InlineData("on", true)]
    [InlineData("yes", true)]
    [InlineData("true", true)]
    [InlineData("off", false)]
    [InlineData("no", false)]
    [InlineData("false", false)]
    public void Booleans_have_three_spellings(string text, bool expected) =>
        Assert.Equal(expected, ConfigurationFactory.ParseString($"a = {text}").GetBoolean("a", !expected));

    [Fact]
    public void Missing_keys_answer_the_default()
    {
        var config = ConfigurationFactory.ParseString("a.b = 1");
        Assert.Equal(7, config.GetInt("x", 7));
        Assert.Equal(7L, config.GetLong("a.x", 7));
        Assert.Equal(0.5, config.GetDouble("a.b.c", 0.5));
        Assert.True(config.GetBoolean("x", true));
        Assert.Equal("d", config.GetString("x", "d"));
        Assert.Null(config.GetString("x"));
        Assert.Null(config.GetByteSize("x", null));
        Assert.Null(config.GetConfig("x"));
        Assert.Equal(TimeSpan.FromSeconds(1), config.GetTimeSpan("x", TimeSpan.FromSeconds(1)));
        Assert.False(config.HasPath("a.c"));
        Assert.True(config.HasPath("a"));
    }

    [Theory]
    [InlineData("12x")]
    [InlineData("\"\"")]
    [InlineData("[1]")]
    public void Value_that_does_not_fit_names_key_line_and_value(string value)
    {
        var section = ConfigurationFactory.ParseString($"\nakka.broker {{\n port = {value} }}").GetConfig("akka.broker");
        foreach (var read in new Action[]
        {
            () => section.GetInt("port"), () => section.GetLong("port"), () => section.GetDouble("port"),
            () => section.GetTimeSpan("port"), () => section.GetByteSize("port", null), () => section.GetBoolean("port"),
        })
        {
            var error = Assert.ThrowsAny<Exception>(read);
            Assert.Contains("akka.broker.port", error.Message);
            Assert.Contains("line 3", error.Message);
        }
    }

    [Fact]
    public void Fallbacks_answer_in_order_and_objects_merge_through_them()
    {
        var top = ConfigurationFactory.ParseString("a { x = 1 }, l = [1]");
        var middle = ConfigurationFactory.ParseString("a { x = 2, y = 2 }, l = [2, 3], s = t");
        var bottom = ConfigurationFactory.ParseString("a { x = 3, y = 3, z = 3 }, s { t = 1 }");
        var config = top.WithFallback(middle).WithFallback(bottom);
        Assert.Equal(1, config.GetInt("a.x"));
        Assert.Equal(2, config.GetInt("a.y"));
        Assert.Equal(3, config.GetInt("a.z"));
        Assert.Equal([1], config.GetIntList("l"));
        Assert.Equal("t", config.GetString("s"));
        Assert.Equal(3, config.GetConfig("a").GetInt("z"));
        Assert.False(top.HasPath("a.y"));
        Assert.Equal(1, (top + "q = 1").GetInt("q"));
    }

    [Fact]
    public void Empty_is_empty_and_a_fallback_to_it_changes_nothing()
    {
        Assert.True(Config.Empty.IsEmpty);
        Assert.True(ConfigurationFactory.ParseString("").IsEmpty);
        Assert.True(ConfigurationFactory.Empty.IsNullOrEmpty());
        Assert.True(((Config)null!).IsNullOrEmpty());
        Assert.Equal(1, Config.Empty.WithFallback(ConfigurationFactory.ParseString("a = 1")).GetInt("a"));
        Config fromText = "a = 2";
        Assert.Equal(2, fromText.WithFallback(Config.Empty).GetInt("a"));
    }

    [Fact]
    public void Entries_of_the_root_can_be_listed()
    {
        var config = ConfigurationFactory.ParseString("a = 1, b { c = 2 }");
        Assert.Equal(["a", "b"], config.AsEnumerable().Select(item => item.Key).Order());
    }
}
