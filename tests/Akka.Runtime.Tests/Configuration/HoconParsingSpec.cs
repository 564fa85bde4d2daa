using Akka.Configuration;

namespace Akka.Runtime.Tests.Configuration;

public sealed class HoconParsingSpec
{
    [Theory]
    [InlineData("a = 1")]
    [InlineData("a : 1")]
    [InlineData("{ a = 1 }")]
    [InlineData("{\"a\": 1}")]
    [InlineData("# comment\na = 1 // more\n")]
    [InlineData("a = 0, a = 1")]
    [InlineData("\"a\" = \"1\"")]
    [InlineData("a=1,")]
    [InlineData("\r\n  a = 1  \r\n")]
    public void Every_form_of_an_entry_reads_the_same(string text)
    {
        var config = ConfigurationFactory.ParseString(text);
        Assert.Equal(1, config.GetInt("a"));
        Assert.Equal("1", config.GetString("a"));
    }

    [Fact]
    public void Objects_merge_and_later_keys_win()
    {
        var config = ConfigurationFactory.ParseString("""
            a.b.c = 1
            a { b { d = 2 }, e = x }
            a.b.c = 3
            a = { e : y }
            """);
        Assert.Equal(3, config.GetInt("a.b.c"));
        Assert.Equal(2, config.GetInt("a.b.d"));
        Assert.Equal("y", config.GetString("a.e"));
    }

    [Fact]
    public void A_value_over_an_object_replaces_it()
    {
        var config = ConfigurationFactory.ParseString("a { b = 1 }\na = 2\na { c = 3 }");
        Assert.False(config.HasPath("a.b"));
        Assert.Equal(3, config.GetInt("a.c"));
    }

    [Fact]
    public void Quoted_keys_keep_their_dots()
    {
        var config = ConfigurationFactory.ParseString("""
            deployment { "/a.b/c" { router = pool } }
            "System.Byte[]" = bytes
            """);
        Assert.Equal("pool", config.GetString("deployment.\"/a.b/c\".router"));
        Assert.Equal("bytes", config.GetString("\"System.Byte[]\""));
    }

    [Fact]
    public void Quoted_texts_know_escapes_and_three_quotes_keep_everything()
    {
        var config = ConfigurationFactory.ParseString(""""
            a = "tab\t quote\" back\\ \u0041 # no comment"
            b = """line 1
            "line" \t 2"""
            c = 3
            """");
        Assert.Equal("tab\t quote\" back\\ A # no comment", config.GetString("a"));
        Assert.Equal("line 1\n\"line\" \\t 2", config.GetString("b").ReplaceLineEndings("\n"));
        Assert.Equal(3, config.GetInt("c"));
    }

    [Fact]
    public void Bare_texts_join_with_the_blanks_between_them()
    {
        var config = ConfigurationFactory.ParseString("""
            a = one two  three
            b = "one"  two
            """);
        Assert.Equal("one two  three", config.GetString("a"));
        Assert.Equal("one  two", config.GetString("b"));
    }

    [Fact]
    public void Lists_take_commas_or_lines_between_their_items()
    {
        var config = ConfigurationFactory.ParseString("""
            a = [1, 2,3]
            b = [
              "akka.tcp://x@h:1"   # first
              "akka.tcp://x@h:2",
            ]
            c = []
            d = [{ x = 1 }, { x = 2 }]
            """);
        Assert.Equal([1, 2, 3], config.GetIntList("a"));
        Assert.Equal(["akka.tcp://x@h:1", "akka.tcp://x@h:2"], config.GetStringList("b"));
        Assert.Empty(config.GetStringList("c"));
        Assert.Equal(2, config.GetValue("d").GetArray()[1].GetObject().GetKey("x").GetInt());
    }

    [Fact]
    public void An_object_with_numbered_keys_reads_as_a_list()
    {
        var config = ConfigurationFactory.ParseString("a { 1 = y, 0 = x, 10 = z }");
        Assert.Equal(["x", "y", "z"], config.GetStringList("a"));
    }

    [Theory]
    [InlineData("a = 1\nb = }", "line 2", "b")]
    [InlineData("a {\n b = 1\n", "line", "a")]
    [InlineData("a = 1\n}", "line 2", "brace")]
    [InlineData("a = [1, 2\n", "list", "a")]
    [InlineData("x = 1\na = \"open\nb = 2", "line 2", "quoted")]
    [InlineData("x\ny = 1", "line 1", "x")]
    [InlineData("x = \ny = 1", "line 1", "x")]
    [InlineData("x = a = b", "line 1", "x")]
    [InlineData("\n\nx = ${nowhere.at.all}", "line 3", "nowhere.at.all")]
    [InlineData("x = ${y}\ny = ${x}", "line", "has no value")]
    [InlineData("x = [1] two", "line 1", "kinds")]
    [InlineData("x = \"\\q\"", "line 1", "escape")]
    public void A_text_that_cannot_be_read_names_line_and_key(string text, string line, string key)
    {
        var error = Assert.ThrowsAny<Exception>(() => ConfigurationFactory.ParseString(text));
        Assert.IsType<ConfigurationException>(error);
        Assert.Contains(line, error.Message);
        Assert.Contains(key, error.Message);
    }

    [Fact]
    public void Rendered_text_parses_back_to_the_same_settings()
    {
        const string text = """
            a { "b.c" = "x y", d = [1, "two", { e = 3 }], f = "" }
            g = "quote\" and \n line"
            """;
        var config = ConfigurationFactory.ParseString(text);
        var again = ConfigurationFactory.ParseString(config.ToString());
        Assert.Equal(config.ToString(), again.ToString());
        Assert.Equal("x y", again.GetString("a.\"b.c\""));
        Assert.Equal("", again.GetString("a.f"));
        Assert.Equal("quote\" and \n line", again.GetString("g"));
        Assert.Equal(3, again.GetValue("a.d").GetArray()[2].GetObject().GetKey("e").GetInt());
    }
}
