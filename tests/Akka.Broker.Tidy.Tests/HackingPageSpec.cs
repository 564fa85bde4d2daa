using System.Text.RegularExpressions;

namespace Akka.Broker.Tidy.Tests;

/// <summary>What HACKING.md names is there: a page that sends its reader to a class of yesterday is worse than none.</summary>
public sealed partial class HackingPageSpec
{
    // Places for names: NAMERequest, XxxSpec, MemoryX.
    private static readonly Regex Placeholder = Blank();

    private static readonly string Page = File.ReadAllText(Path.Combine(SourceTree.Root, "HACKING.md"));

    [Fact]
    public void Every_type_and_member_that_it_names_is_in_the_code()
    {
        var known = SourceTree.Files.SelectMany(f => f.Lines).SelectMany(line => Name().Matches(line)).Select(m => m.Value).ToHashSet();
        var unknown = CodeOf(Page).SelectMany(code => Name().Matches(code)).Select(m => m.Value).Where(n => !Placeholder.IsMatch(n) && !known.Contains(n)).Distinct();
        Assert.Empty(unknown);
    }

    [Fact]
    public void Every_path_that_it_names_is_in_the_checkout()
    {
        var missing = CodeOf(Page).SelectMany(code => Location().Matches(code)).Select(m => m.Value)
            .Where(p => !Placeholder.IsMatch(p) && !Path.Exists(Path.Combine(SourceTree.Root, p))).Distinct();
        Assert.Empty(missing);
    }

    /// <summary>Between back quotes: drawings and words.</summary>
    private static IEnumerable<string> CodeOf(string page) => Quoted().Matches(page).Select(m => m.Value);

    [GeneratedRegex("```.*?```|`[^`\n]+`", RegexOptions.Singleline)]
    private static partial Regex Quoted();

    /// <summary>Of two words at least: one alone may be English.</summary>
    [GeneratedRegex(@"\b[A-Z][a-z]+(?:[A-Z][A-Za-z0-9]*)+\b")]
    private static partial Regex Name();

    [GeneratedRegex(@"(?<![\w./])(?:src|tests|docker|hocon)/[\w./-]*\w")]
    private static partial Regex Location();

    [GeneratedRegex("NAME|Xxx|(?:Memory|Faulty)X$")]
    private static partial Regex Blank();
}
