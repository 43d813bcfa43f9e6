package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// appsKey begins the keys of the project's config.
const appsKey = "paddock-apps:"

// appsTeam is one team's stack.
type appsTeam struct {
	Name     string
	stack    string
	config   map[string]any // of its stack file
	services []appsService
}

// appsService is what the order of the teams, and a build, need to know of a service. The program reads the file strictly.
type appsService struct {
	Name      string   `json:"name"`
	Namespace string   `json:"namespace"`
	Image     string   `json:"image"`
	Calls     []string `json:"calls"`
	folder    string
}

// findTeams reads the stack files of a platform's teams, or of those that are named, and puts them into order.
func findTeams(dir, platform string, only []string) ([]appsTeam, error) {
	files, err := filepath.Glob(filepath.Join(dir, "Pulumi.*-"+platform+".yaml"))
	if err != nil {
		return nil, err
	}
	var teams []appsTeam
	for _, file := range files {
		t, err := readTeam(dir, file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		teams = append(teams, t)
	}
	for _, name := range only {
		if !slices.ContainsFunc(teams, func(t appsTeam) bool { return t.Name == name }) {
			return nil, fmt.Errorf("--team %s: no %s", name, filepath.Join(dir, "Pulumi."+name+"-"+platform+".yaml"))
		}
	}
	teams = inOrder(teams)
	if len(only) > 0 {
		teams = slices.DeleteFunc(teams, func(t appsTeam) bool { return !slices.Contains(only, t.Name) })
	}
	if len(teams) == 0 {
		return nil, fmt.Errorf("%s: no team of stack %s: want a Pulumi.<team>-%[2]s.yaml", dir, platform)
	}
	return teams, nil
}

func readTeam(dir, file string) (t appsTeam, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return t, err
	}
	var stack struct {
		Config map[string]any `json:"config"`
	}
	if err := yaml.Unmarshal(text, &stack); err != nil {
		return t, err
	}
	t.config = stack.Config
	t.Name, _ = stack.Config[appsKey+"team"].(string)
	t.stack = strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
	folders, _ := stack.Config[appsKey+"services"].([]any)
	for _, folder := range folders {
		s := appsService{folder: filepath.Join(dir, fmt.Sprint(folder))}
		text, err := os.ReadFile(filepath.Join(s.folder, "service.yaml"))
		if err != nil {
			return t, err
		}
		if err := yaml.Unmarshal(text, &s); err != nil {
			return t, fmt.Errorf("%s: %w", s.folder, err)
		}
		if s.Namespace == "" {
			s.Namespace = t.Name
		}
		t.services = append(t.services, s)
	}
	return t, nil
}

// inOrder puts those that are called before those that call them: a service's smoke check may go through another's. Where teams
// call each other, the names decide.
func inOrder(teams []appsTeam) []appsTeam {
	slices.SortFunc(teams, func(a, b appsTeam) int { return strings.Compare(a.Name, b.Name) })
	var order []appsTeam
	for len(teams) > 0 {
		next := max(0, slices.IndexFunc(teams, func(t appsTeam) bool {
			return !slices.ContainsFunc(teams, func(other appsTeam) bool { return other.Name != t.Name && t.calls(other) })
		}))
		order = append(order, teams[next])
		teams = slices.Delete(teams, next, next+1)
	}
	return order
}

// calls tells whether one of the team's services calls one of the other's.
func (t appsTeam) calls(other appsTeam) bool {
	for _, s := range t.services {
		for _, o := range other.services {
			if slices.Contains(s.Calls, o.Namespace+"/"+o.Name) {
				return true
			}
		}
	}
	return false
}
