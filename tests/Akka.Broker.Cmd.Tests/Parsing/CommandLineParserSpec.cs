using Petabridge.Cmd.Parsing;

namespace Akka.Broker.Cmd.Tests.Parsing;

public sealed class CommandLineParserSpec
{
    private readonly CommandLineParser _parser = new(TestPalettes.All);

    [Theory]
    [InlineData("mail send --to bob", "--to=bob")]
    [InlineData("mail send bob", "-t=bob")]
    [InlineData("mail send bob --fast", "-t=bob --fast=true")]
    [InlineData("mail send --fast bob", "--fast=true -t=bob")]
    [InlineData("mail send --fast false bob", "--fast=false -t=bob")]
    [InlineData("mail send bob --kind=parcel", "-t=bob --kind=parcel")]
    [InlineData("mail send bob --weight -5", "-t=bob --weight=-5")]
    [InlineData("mail send bob -n a -n b", "-t=bob -n=a -n=b")]
    [InlineData("mail list", "")]
    public void A_command_is_read_with_its_arguments(string line, string arguments)
    {
        var given = Assert.IsType<ParsedLine.Given>(_parser.Parse(line.Split(' ')));
        Assert.Equal(arguments, string.Join(' ', given.Command.Arguments.Select(a => $"{a.Item1}={a.Item2}")));
    }

    [Theory]
    [InlineData("fax", "There is no palette 'fax'; there are mail, phone.")]
    [InlineData("mail sen", "did you mean send?")]
    [InlineData("mail send", "needs --to: Whom")]
    [InlineData("mail send bob --kind", "--kind needs a value: What (letter, parcel).")]
    [InlineData("mail send --to --fast", "--to needs a value")]
    [InlineData("mail send bob --slow", "has no switch --slow; it has -t|--to, --kind, -n|--note, --weight, --fast.")]
    [InlineData("mail send bob eve", "does not know what 'eve' is for")]
    [InlineData("mail send bob --kind a --kind b", "--kind is given twice; allowed: once.")]
    [InlineData("mail list now", "its switches are none")]
    public void What_cannot_be_meant_is_refused_with_what_is_allowed(string line, string part) =>
        Assert.Contains(part, Assert.IsType<ParsedLine.Refused>(_parser.Parse(line.Split(' '))).Text);

    [Theory]
    [InlineData("", "mail   send, list")]
    [InlineData("help", "mail   send, list")]
    [InlineData("help mail", "send  Sends a letter")]
    [InlineData("mail", "send  Sends a letter")]
    [InlineData("mail help", "send  Sends a letter")]
    [InlineData("help mail send", "Usage: mail send --to TO [--kind KIND] [--note NOTE]... [--weight WEIGHT] [--fast]")]
    [InlineData("mail send --help", "--kind      What (letter, parcel)")]
    [InlineData("mail send --to bob -h", "-t, --to    Whom")]
    public void Help_tells_palettes_commands_and_switches(string line, string part) =>
        Assert.Contains(part, Assert.IsType<ParsedLine.Help>(_parser.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Text);

    [Theory]
    [InlineData("", "help mail phone")]
    [InlineData("ma", "mail")]
    [InlineData("mail ", "list send")]
    [InlineData("help mail s", "send")]
    [InlineData("mail send ", "--fast --kind --note --to --weight")]
    [InlineData("mail send --to bob --k", "--kind")]
    [InlineData("mail send --kind ", "letter parcel")]
    [InlineData("mail send --kind p", "parcel")]
    [InlineData("mail send --note a --n", "--note")]
    [InlineData("mail send --to bob --t", "")]
    [InlineData("mail send bob --t", "")]
    [InlineData("mail send --kind=parcel bob --", "--fast --note --weight")]
    [InlineData("fax ", "")]
    public void Completion_proposes_what_could_stand_at_the_cursor(string line, string proposals) =>
        Assert.Equal(proposals, string.Join(' ', new Completer(TestPalettes.All).Complete(line.Split(' ')).Select(p => p.Word)));

    [Theory]
    [InlineData("mail send ", "to")]
    [InlineData("mail send b", "to")]
    [InlineData("mail send --to b", "to")]
    [InlineData("mail send bob --note ", "note")]
    [InlineData("mail send --fast ", "to")]
    [InlineData("mail send --weight 5 ", "to")]
    [InlineData("mail send --weight ", "weight")]
    [InlineData("mail send bob ", null)]
    [InlineData("mail send --kind ", null)]
    [InlineData("mail send -", null)]
    [InlineData("mail ", null)]
    [InlineData("help mail send ", null)]
    public void The_argument_is_known_whose_value_is_being_written(string line, string? argument) =>
        Assert.Equal(argument, new Completer(TestPalettes.All).Wanted(line.Split(' '))?.Name);
}
