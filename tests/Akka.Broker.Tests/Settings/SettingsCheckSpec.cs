using Akka.Broker.Settings;

namespace Akka.Broker.Tests.Settings;

public sealed class SettingsCheckSpec : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    private SettingsCheck Check(string hocon, params string[] overrides)
    {
        File.WriteAllText(_file, hocon);
        return SettingsCheck.Of(_file, overrides);
    }

    private static (string Value, string Source) Of(SettingsCheck check, string path)
    {
        var setting = Assert.Single(check.Settings, s => s.Path == path);
        return (setting.Value, setting.Source);
    }

    [Fact]
    public void Each_setting_is_shown_with_who_said_so()
    {
        var check = Check("akka.broker { node-id = 7, kafka.port = 9095 }", "akka.broker.kafka.port=9099", "akka.broker.data-dirs.0=/var/lib/b");

        Assert.Empty(check.Mistakes);
        Assert.Equal(("7", _file), Of(check, "akka.broker.node-id"));
        Assert.Equal(("9099", "--set"), Of(check, "akka.broker.kafka.port"));
        Assert.Equal(("[/var/lib/b]", "--set"), Of(check, "akka.broker.data-dirs"));
        Assert.Equal(("9180", "default"), Of(check, "akka.broker.http.port"));
        Assert.Equal(("\"\"", "default"), Of(check, "akka.broker.rack"));
    }

    [Fact]
    public void Every_mistake_is_told_at_once_those_of_the_command_line_too()
    {
        var check = Check("akka.broker { node-id = many, no-such-key = 1 }", "nonsense", "akka.broker.http.port=often");

        Assert.Equal(4, check.Mistakes.Count);
        Assert.Contains(check.Mistakes, m => m.Contains("akka.broker.node-id", StringComparison.Ordinal));
        Assert.Contains(check.Mistakes, m => m.Contains("akka.broker.no-such-key", StringComparison.Ordinal));
        Assert.Contains(check.Mistakes, m => m.Contains("'nonsense'", StringComparison.Ordinal));
        Assert.Contains(check.Mistakes, m => m.Contains("akka.broker.http.port is 'often'", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_that_is_not_there_is_one_mistake_and_the_rest_is_shown()
    {
        var check = SettingsCheck.Of("/no/such/file.conf", ["akka.broker.node-id=3"]);

        Assert.Contains("/no/such/file.conf", Assert.Single(check.Mistakes));
        Assert.Equal(("3", "--set"), Of(check, "akka.broker.node-id"));
    }
}
