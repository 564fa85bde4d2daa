using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Akka.Runtime.Tests.Configuration;

public sealed class HoconSubstitutionSpec
{
    [Fact]
    public void Substitution_takes_the_final_value_from_above_or_below()
    {
        var config = ConfigurationFactory.ParseString("""
            url = "http://"${host}":"${port}/x
            host = a
            port = 1
            host = b
            """);
        Assert.Equal("http://b:1/x", config.GetString("url"));
    }

    [Fact]
    public void Substituted_objects_merge_with_what_is_written_beside_them()
    {
        var config = ConfigurationFactory.ParseString("""
            base { x = 1, y = 2 }
            a = ${base} { y = 3 }
            b = ${base}
            b.z = 4
            c = ${a.y}
            """);
        Assert.Equal(1, config.GetInt("a.x"));
        Assert.Equal(3, config.GetInt("a.y"));
        Assert.Equal(2, config.GetInt("b.y"));
        Assert.Equal(4, config.GetInt("b.z"));
        Assert.Equal(3, config.GetInt("c"));
    }

    [Fact]
    public void Optional_substitution_without_value_leaves_what_was_there()
    {
        var config = ConfigurationFactory.ParseString("""
            a = 1
            a = ${?AKKA_RUNTIME_TESTS_NOT_SET}
            b = ${?AKKA_RUNTIME_TESTS_NOT_SET}
            c = x${?AKKA_RUNTIME_TESTS_NOT_SET}y
            """);
        Assert.Equal(1, config.GetInt("a"));
        Assert.False(config.HasPath("b"));
        Assert.Equal("xy", config.GetString("c"));
    }

    [Fact]
    public void Environment_answers_what_the_text_does_not()
    {
        Environment.SetEnvironmentVariable("AKKA_RUNTIME_TESTS_PORT", "4053");
        var config = ConfigurationFactory.ParseString("""
            a = 1
            a = ${?AKKA_RUNTIME_TESTS_PORT}
            b = ${AKKA_RUNTIME_TESTS_PORT}
            """);
        Assert.Equal(4053, config.GetInt("a"));
        Assert.Equal(4053, config.GetInt("b"));
    }

    [Fact]
    public void Reference_to_itself_sees_what_stood_before()
    {
        var config = ConfigurationFactory.ParseString("""
            a = [1]
            a = ${a} [2, 3]
            a += 4
            n += x
            o { p = 1 }
            o = ${o} { q = 2 }
            """);
        Assert.Equal([1, 2, 3, 4], config.GetIntList("a"));
        Assert.Equal(["x"], config.GetStringList("n"));
        Assert.Equal(1, config.GetInt("o.p"));
        Assert.Equal(2, config.GetInt("o.q"));
    }

    [Fact]
    public void Callback_answers_includes()
    {
        var asked = new List<string>();
        var config = ConfigurationFactory.ParseString("a { include \"inner\", y = 2 }", name =>
        {
            asked.Add(name);
            return Parser.Parse("x = 1, y = 1", null!);
        });
        Assert.Equal(["inner"], asked);
        Assert.Equal(1, config.GetInt("a.x"));
        Assert.Equal(2, config.GetInt("a.y"));
    }

    [Fact]
    public void Files_are_included_relative_to_the_including_one()
    {
        var folder = Directory.CreateTempSubdirectory("hocon").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "sub"));
            File.WriteAllText(Path.Combine(folder, "sub", "first.conf"), "include \"second.conf\"\nx = ${y}");
            File.WriteAllText(Path.Combine(folder, "sub", "second.conf"), "y = 7");
            var first = Path.Combine(folder, "sub", "first.conf").Replace('\\', '/');
            var config = ConfigurationFactory.ParseString($$"""
                deep { include "{{first}}" }
                include "not-there.conf"
                deep.y = 8
                """);
            Assert.Equal(8, config.GetInt("deep.x"));

            var error = Assert.Throws<ConfigurationException>(() =>
                ConfigurationFactory.ParseString("a = 1\ninclude required(file(\"not-there.conf\"))"));
            Assert.Contains("line 2", error.Message);
            Assert.Contains("not-there.conf", error.Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Files_that_include_each_other_are_refused()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, $"include \"{file.Replace('\\', '/')}\"");
            Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseString(File.ReadAllText(file)));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
