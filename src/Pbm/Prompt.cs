namespace Pbm;

/// <summary>Reads command lines from a terminal, with history and with completion from the host, until <c>exit</c> or Ctrl+D. One thread.</summary>
internal sealed class Prompt(CmdClient client, HostAddress address, PbmTool tool)
{
    private readonly LineBuffer _line = new();
    private readonly History _history = new(History.DefaultFile);
    private readonly string _head = $"pbm {address}> ";

    public async Task<int> RunAsync()
    {
        Console.WriteLine("'help' tells what there is, Tab completes, Ctrl+D or 'exit' ends.");
        while (await ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            _history.Add(line);
            if (WordSplitter.Split(line) is not [_, ..] words)
                continue;
            if (words is ["exit" or "quit"])
                break;
            await tool.ExecuteAsync(client, words).ConfigureAwait(false);
        }
        return ExitCode.Done;
    }

    /// <summary>Null at the end of the input.</summary>
    private async Task<string?> ReadLineAsync()
    {
        _line.Set("");
        Draw();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
            {
                Console.WriteLine();
                return _line.Text;
            }
            if (key is { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } && _line.Text.Length == 0)
            {
                Console.WriteLine();
                return null;
            }
            if (key.Key == ConsoleKey.Tab)
                await CompleteAsync().ConfigureAwait(false);
            else
                OnKey(key);
            Draw();
        }
    }

    private void OnKey(ConsoleKeyInfo key)
    {
        switch (key)
        {
            case { Key: ConsoleKey.LeftArrow }: _line.Move(-1); break;
            case { Key: ConsoleKey.RightArrow }: _line.Move(1); break;
            case { Key: ConsoleKey.Home } or { Key: ConsoleKey.A, Modifiers: ConsoleModifiers.Control }: _line.MoveToStart(); break;
            case { Key: ConsoleKey.End } or { Key: ConsoleKey.E, Modifiers: ConsoleModifiers.Control }: _line.MoveToEnd(); break;
            case { Key: ConsoleKey.Backspace }: _line.DeleteBefore(); break;
            case { Key: ConsoleKey.Delete } or { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control }: _line.DeleteBehind(); break;
            case { Key: ConsoleKey.K, Modifiers: ConsoleModifiers.Control }: _line.DeleteToEnd(); break;
            case { Key: ConsoleKey.U, Modifiers: ConsoleModifiers.Control }: _line.DeleteBefore(int.MaxValue); break;
            case { Key: ConsoleKey.W, Modifiers: ConsoleModifiers.Control }: _line.DeleteWord(); break;
            case { Key: ConsoleKey.UpArrow } when _history.Earlier() is { } earlier: _line.Set(earlier); break;
            case { Key: ConsoleKey.DownArrow }: _line.Set(_history.Later()); break;
            default:
                if (!char.IsControl(key.KeyChar))
                    _line.Insert(key.KeyChar.ToString());
                break;
        }
    }

    private async Task CompleteAsync()
    {
        var words = WordSplitter.SplitAtCursor(_line.BeforeCursor);
        var proposals = await client.CompleteAsync(words).ConfigureAwait(false);
        if (_line.Complete(words[^1], [.. proposals.Select(p => p.Word)]) || proposals.Count == 0)
            return;
        var width = proposals.Max(p => p.Word.Length);
        Console.WriteLine();
        foreach (var (word, meaning) in proposals)
            Console.WriteLine($"  {word.PadRight(width)}  {meaning}");
    }

    /// <summary>The stretch around the cursor that fits into one row.</summary>
    private void Draw()
    {
        var room = Math.Max(10, Console.WindowWidth - _head.Length - 1);
        var start = Math.Max(0, _line.Cursor - room);
        var shown = _line.Text[start..Math.Min(_line.Text.Length, start + room)];
        Console.Write($"\r{_head}{shown}\u001b[K\r\u001b[{_head.Length + _line.Cursor - start}C");
    }
}
