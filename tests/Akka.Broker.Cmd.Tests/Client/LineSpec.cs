extern alias pbm;
using pbm::Pbm;

namespace Akka.Broker.Cmd.Tests.Client;

/// <summary>The prompt's parts that need no terminal.</summary>
public sealed class LineSpec : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"pbm-history-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("topic list", "topic|list")]
    [InlineData("  topic   list  ", "topic|list")]
    [InlineData("produce -v 'a b' -k \"c d\"", "produce|-v|a b|-k|c d")]
    [InlineData("a\\ b \"q\\\"q\" ''", "a b|q\"q")]
    [InlineData("", "")]
    public void A_line_is_taken_apart_as_by_a_shell(string line, string words) => Assert.Equal(words, string.Join('|', WordSplitter.Split(line)));

    [Fact]
    public void The_word_at_the_cursor_is_the_last_one_or_empty()
    {
        Assert.Equal(["topic", "li"], WordSplitter.SplitAtCursor("topic li"));
        Assert.Equal(["topic", ""], WordSplitter.SplitAtCursor("topic "));
    }

    [Fact]
    public void A_line_is_edited_at_its_cursor()
    {
        var line = new LineBuffer();
        line.Set("topic lst");
        line.Move(-2);
        line.Insert("i");
        Assert.Equal(("topic list", "topic li"), (line.Text, line.BeforeCursor));
        line.DeleteWord();
        Assert.Equal("topic st", line.Text);
        line.DeleteToEnd();
        line.DeleteBefore();
        Assert.Equal("topic", line.Text);
        line.MoveToStart();
        line.DeleteBehind();
        Assert.Equal("opic", line.Text);
        line.MoveToEnd();
        line.DeleteBefore(int.MaxValue);
        Assert.Equal("", line.Text);
    }

    [Fact]
    public void Completion_adds_what_the_proposals_agree_on()
    {
        var line = new LineBuffer();
        line.Set("topic de");
        Assert.False(line.Complete("de", ["delete", "describe"]));
        Assert.True(line.Complete("de", ["describe"]));
        Assert.Equal("topic describe ", line.Text);
        Assert.False(line.Complete("", []));
    }

    [Fact]
    public void History_is_walked_and_outlives_the_prompt()
    {
        var first = new History(_file);
        first.Add("topic list");
        first.Add("topic list");
        first.Add("group list");

        var second = new History(_file);
        Assert.Equal("group list", second.Earlier());
        Assert.Equal("topic list", second.Earlier());
        Assert.Null(second.Earlier());
        Assert.Equal("group list", second.Later());
        Assert.Equal("", second.Later());
    }

    [Theory]
    [InlineData("localhost:9110", "localhost", 9110)]
    [InlineData("10.0.0.1:1", "10.0.0.1", 1)]
    [InlineData("[::1]:9110", "::1", 9110)]
    public void An_address_is_host_and_port(string word, string host, int port)
    {
        Assert.True(HostAddress.TryParse(word, out var address));
        Assert.Equal(new HostAddress(host, port), address);
    }

    [Theory]
    [InlineData("topic")]
    [InlineData(":9110")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    public void Other_words_are_no_address(string word) => Assert.False(HostAddress.TryParse(word, out _));
}
