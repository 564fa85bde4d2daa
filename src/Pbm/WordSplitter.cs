using System.Text;

namespace Pbm;

/// <summary>Takes a line apart as a shell would: blanks separate, quotes of both kinds and a backslash keep together. Pure.</summary>
internal static class WordSplitter
{
    public static IReadOnlyList<string> Split(string line)
    {
        var words = SplitAtCursor(line);
        return words[^1].Length == 0 ? [.. words.SkipLast(1)] : words;
    }

    /// <summary>The same up to a cursor behind the line: the last word is the one that is being written, empty if none is begun.</summary>
    public static IReadOnlyList<string> SplitAtCursor(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quote, isWord) = ('\0', false);
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (isWord)
                    words.Add(word.ToString());
                word.Clear();
                isWord = false;
                continue;
            }
            isWord = true;
            if (quote == '\0' && (c is '"' or '\''))
                quote = c;
            else if (c == quote)
                quote = '\0';
            else if (c == '\\' && quote != '\'' && i + 1 < line.Length && line[i + 1] is ('"' or '\'' or '\\' or ' '))
                word.Append(line[++i]);
            else
                word.Append(c);
        }
        words.Add(word.ToString());
        return words;
    }
}
