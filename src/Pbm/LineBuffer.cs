namespace Pbm;

/// <summary>A line while it is written, and the cursor in it. One thread.</summary>
internal sealed class LineBuffer
{
    public string Text { get; private set; } = "";

    /// <summary>Before the character of this number.</summary>
    public int Cursor { get; private set; }

    public string BeforeCursor => Text[..Cursor];

    public void Set(string text) => (Text, Cursor) = (text, text.Length);

    public void Insert(string text)
    {
        Text = Text.Insert(Cursor, text);
        Cursor += text.Length;
    }

    public void Move(int by) => Cursor = Math.Clamp(Cursor + by, 0, Text.Length);

    public void MoveToStart() => Cursor = 0;

    public void MoveToEnd() => Cursor = Text.Length;

    public void DeleteBefore(int count = 1)
    {
        var deleted = Math.Min(count, Cursor);
        Text = Text.Remove(Cursor - deleted, deleted);
        Cursor -= deleted;
    }

    public void DeleteBehind()
    {
        if (Cursor < Text.Length)
            Text = Text.Remove(Cursor, 1);
    }

    public void DeleteToEnd() => Text = BeforeCursor;

    /// <summary>The word before the cursor, with the blanks behind it.</summary>
    public void DeleteWord()
    {
        var start = Cursor;
        while (start > 0 && Text[start - 1] == ' ')
            start--;
        while (start > 0 && Text[start - 1] != ' ')
            start--;
        DeleteBefore(Cursor - start);
    }

    /// <summary>What is begun at the cursor becomes the word that the proposals agree on; with a blank behind it if there is one alone and it is whole (NAME= wants its value). False if that adds nothing.</summary>
    public bool Complete(string begun, IReadOnlyList<string> proposals)
    {
        if (proposals.Count == 0)
            return false;
        var common = proposals.Aggregate((a, b) => a[..a.Zip(b).TakeWhile(c => c.First == c.Second).Count()]);
        var added = common[Math.Min(begun.Length, common.Length)..] + (proposals.Count == 1 && !common.EndsWith('=') ? " " : "");
        Insert(added);
        return added.Length > 0;
    }
}
